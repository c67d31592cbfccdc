import type { ExposeErrors } from '../entry-call.ts';

/** How a listener treats connections and requests. */
export interface ServerSettings {
  readonly host: string;
  readonly port: number;
  /** PEM. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  /** Longest that the process of a request may take. */
  readonly timeoutMs: number;
  /** Of a request body, streamed ones included. */
  readonly maxBodyBytes: number;
  /** Bodies up to this size arrive as values, larger ones as byte streams. */
  readonly bufferBytes: number;
  readonly maxHeaderBytes: number;
  /** For the header of a request to arrive, TLS handshakes included. */
  readonly headerMs: number;
  /** For all of a request to arrive. */
  readonly requestMs: number;
  /** For the next request on a connection. */
  readonly idleMs: number;
  readonly maxConnections: number;
  /** Header names, lower case, that become metadata of the process. */
  readonly forward: readonly string[];
  readonly exposeErrors: ExposeErrors | undefined;
}
