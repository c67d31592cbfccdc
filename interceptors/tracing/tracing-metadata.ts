import type { Span } from '@opentelemetry/api';
import type { Call, ReadonlyMetadata } from 'flowrpc';

const legalKey = /^[0-9a-z_.-]+$/;

/** The keys of an allow list. There are no wildcards: what nobody named, such as `authorization`, must not get recorded. */
export function metadataKeys(option: string, keys: readonly string[]): readonly string[] {
  if (!Array.isArray(keys)) throw new TypeError(`Cannot use ${option} ${String(keys)}: wanted a list of metadata keys`);
  return keys.map((key) => {
    const name = String(key).toLowerCase();
    if (legalKey.test(name)) return name;
    throw new TypeError(
      `Cannot record metadata ${JSON.stringify(key)} of ${option}: wanted a whole key such as "x-tenant"`,
    );
  });
}

/** Adds what is there of some keys, all values of each; bytes as base64. */
export function recordMetadata(
  span: Span,
  direction: 'request' | 'response',
  keys: readonly string[],
  metadata: ReadonlyMetadata,
): void {
  for (const key of keys) {
    const values: readonly (string | Uint8Array)[] = metadata.getAll(key);
    if (values.length > 0) span.setAttribute(`rpc.${direction}.metadata.${key}`, values.map(textOf));
  }
}

/** The call with its header recorded on the way to the caller. */
export function recordResponses(span: Span, keys: readonly string[], call: Call): Call {
  return call.withResponses({
    header(header) {
      recordMetadata(span, 'response', keys, header);
      call.sendHeader(header);
    },
    message: (message) => call.respond(message),
  });
}

function textOf(value: string | Uint8Array): string {
  return typeof value === 'string' ? value : Buffer.from(value).toString('base64');
}
