import { Code } from '../../core/code.ts';
import { current } from '../../core/current.ts';
import { maxTimerMs } from '../../core/deadline.ts';
import { StatusError } from '../../core/status-error.ts';
import { positiveDuration } from '../duration-field.ts';
import { wholeNumber } from '../field-checks.ts';
import { clientTls } from '../http/client-tls.ts';
import { forwardedHeader, traceHeader } from '../http/forwarded-header.ts';
import type { HttpPayload } from '../http/http-payload.ts';
import { textsByName, urlField } from '../http/url-field.ts';
import { defineKind } from '../kind.ts';
import type { NodeContext } from '../node-context.ts';
import { onCancel } from '../on-cancel.ts';
import { oneToOne } from '../one-to-one.ts';
import { checked, fieldsOf, optional, text } from '../schema.ts';

const names = checked('a list of metadata keys', (value) =>
  Array.isArray(value) && value.every((item) => typeof item === 'string') ? (value as string[]) : undefined,
);

/**
 * Calls an HTTP server: the payload is the request, or its body; the answer goes to `out`, whatever its status. `error` gets what
 * kept it from answering: UNAVAILABLE, DEADLINE_EXCEEDED, PERMISSION_DENIED for a redirect elsewhere.
 */
export const httpKind = defineKind({
  kind: 'http',
  spec: fieldsOf({
    url: urlField('http', 'https'),
    method: optional(text('a method such as POST')),
    header: optional(textsByName),
    query: optional(textsByName),
    timeout: optional(positiveDuration),
    redirects: optional(wholeNumber(0, 50)),
    bufferBytes: optional(wholeNumber(0, 1024 ** 3)),
    maxBodyBytes: optional(wholeNumber(1, Number.MAX_SAFE_INTEGER)),
    forward: optional(names),
    tls: optional(clientTls),
  }),
  fields: ['url', 'method', 'header', 'query', 'timeout', 'redirects', 'bufferBytes', 'maxBodyBytes', 'forward', 'tls'],
  async setup(fields, { outbound }) {
    const { url, timeout = 30_000, redirects = 10, forward = [] } = fields;
    const { bufferBytes = 1024 * 1024, maxBodyBytes = 64 * 1024 * 1024 } = fields;
    trustBoth(url, (one) => outbound.trust(one));
    const [{ HttpClient }, { outgoingRequest }, { readResponse }] = await Promise.all([
      import('../http/client.ts'),
      import('../http/outgoing-request.ts'),
      import('../http/read-response.ts'),
    ]);
    const client = await HttpClient.open({ outbound, redirects, tls: fields.tls });
    const ask = async (payload: unknown, context: NodeContext): Promise<HttpPayload> => {
      const request = await outgoingRequest(payload, fields);
      const parent = current();
      const header = { ...forwardedHeader(forward, parent), ...request.header, ...traceHeader(parent) };
      const bound = new Bound(context, timeout, url);
      try {
        const response = await client.send({ ...request, header }, bound.signal);
        return await readResponse(response, { bufferBytes, maxBodyBytes, process: context.process });
      } catch (thrown) {
        throw bound.signal.aborted ? bound.signal.reason : thrown;
      } finally {
        bound.release();
      }
    };
    return { ...oneToOne(ask), close: () => client.close() };
  },
});

/** That a server leads from http to https of the same host is no other place, unless a list says so. */
function trustBoth(url: URL, trust: (url: URL) => void): void {
  trust(url);
  if (url.protocol !== 'http:' || url.port !== '') return;
  try {
    trust(new URL(`https://${url.hostname}`));
  } catch {
    // Such a redirect is refused when it comes.
  }
}

/** What ends a request early: its own time, and the end of the run. */
class Bound {
  readonly #abort = new AbortController();
  readonly #timer: ReturnType<typeof setTimeout>;
  readonly #off: () => void;

  constructor(context: NodeContext, timeoutMs: number, url: URL) {
    const late = (): void =>
      this.#abort.abort(new StatusError(Code.DEADLINE_EXCEEDED, `No answer of ${url.origin} within ${timeoutMs} ms`));
    this.#timer = setTimeout(late, Math.min(timeoutMs, maxTimerMs));
    this.#timer.unref();
    this.#off = onCancel(context, (reason) => this.#abort.abort(reason));
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  release(): void {
    clearTimeout(this.#timer);
    this.#off();
  }
}
