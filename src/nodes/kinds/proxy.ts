import { positiveDuration } from '../duration-field.ts';
import { flag, wholeNumber } from '../field-checks.ts';
import { urlField } from '../http/url-field.ts';
import { defineKind } from '../kind.ts';
import { checked, fieldsOf, optional } from '../schema.ts';

const MiB = 1024 * 1024;

const url = urlField('http', 'https');

const urls = checked('a list of URLs such as ["https://backend1.example/"]', (value) => {
  if (!Array.isArray(value) || value.length === 0 || value.length > 1_000) return undefined;
  return value.map((item: unknown, index) => {
    try {
      return url(item);
    } catch (thrown) {
      throw new Error(`url ${index + 1}: ${(thrown as Error).message}`, { cause: thrown });
    }
  });
});

/** Sends HTTP requests on to several backends in turn; the answer goes to `out`, and what keeps it from coming to `error`. */
export const proxyKind = defineKind({
  kind: 'proxy',
  spec: fieldsOf({
    urls,
    timeout: optional(positiveDuration),
    bufferBytes: optional(wholeNumber(0, 64 * MiB)),
    maxConnections: optional(wholeNumber(1, 100_000)),
    trustForwarded: optional(flag),
  }),
  fields: ['urls', 'timeout', 'bufferBytes', 'maxConnections', 'trustForwarded'],
  async setup({ urls, timeout = 30_000, bufferBytes = MiB, maxConnections = 1_000, trustForwarded = false }, context) {
    const { HttpProxy } = await import('../proxy/http-proxy.ts');
    return new HttpProxy({ urls, timeoutMs: timeout, bufferBytes, maxConnections, trustForwarded }, context);
  },
});
