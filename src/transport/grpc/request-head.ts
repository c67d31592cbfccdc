import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { Code } from '../../core/code.ts';
import { parseTimeout } from '../../core/deadline.ts';
import { type Status, statusFrom } from '../../core/status.ts';
import { customSize, single } from './headers.ts';
import { acceptEncoding } from './inflate.ts';

/** What the headers of a call say, once they were found to be those of a gRPC call. */
export interface RequestHead {
  readonly path: string;
  /** `:authority`, or `host` of a caller that sends only that. */
  readonly authority: string | undefined;
  /** Absolute, epoch milliseconds. */
  readonly deadline: number;
  /** What the caller gave the call when it sent its headers. */
  readonly timeoutMs: number;
  readonly encoding: string;
  /** Why the call may not run; it still passes through the chain. */
  readonly refusal?: Status;
}

export interface HeadLimits {
  readonly maxHeaderPairs: number;
  readonly maxHeaderBytes: number;
}

const contentType = /^application\/grpc(?:\+proto)?(?:;.*)?$/;
const pathGrammar = /^\/[\w.-]+(?:\/[\w.-]+)+$/;
const longestPath = 1_024;
const encodings = new Set(acceptEncoding.split(','));

/** Reads the headers of a stream. What is no gRPC call is answered here, in HTTP's own terms, and gives undefined. */
export function readHead(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  raw: readonly string[],
  limits: HeadLimits,
): RequestHead | undefined {
  const path = headers[':path'] ?? '';
  if (headers[':method'] !== 'POST') return answer(stream, { ':status': 405, allow: 'POST' });
  if (!contentType.test(headers['content-type'] ?? ''))
    return answer(stream, { ':status': 415, 'accept-post': 'application/grpc' });
  if (path.length > longestPath || !pathGrammar.test(path)) {
    return answer(stream, {
      ':status': 200,
      'content-type': 'application/grpc+proto',
      'grpc-status': String(Code.UNIMPLEMENTED),
      'grpc-message': 'The path names no method: wanted /package.Service/Method',
    });
  }
  const encoding = single(headers, 'grpc-encoding') ?? 'identity';
  const timeout = single(headers, 'grpc-timeout');
  const parsed = timeout === undefined ? Number.POSITIVE_INFINITY : parseTimeout(timeout);
  const timeoutMs = parsed ?? Number.POSITIVE_INFINITY;
  return {
    path,
    authority: headers[':authority'] ?? headers.host,
    encoding,
    timeoutMs,
    deadline: timeoutMs === Number.POSITIVE_INFINITY ? timeoutMs : Date.now() + timeoutMs,
    refusal: parsed === undefined ? badTimeout(timeout!) : (unreadable(encoding) ?? excess(raw, limits)),
  };
}

function answer(stream: ServerHttp2Stream, headers: Record<string, string | number>): undefined {
  stream.respond(headers, { endStream: true });
  // What the peer still sends is not read: it is told to stop. Not at once: Node 22 would reset the stream before the answer.
  stream.resume();
  setImmediate(() => stream.close());
  return undefined;
}

function badTimeout(timeout: string): Status {
  return statusFrom(
    Code.INTERNAL,
    `Cannot read grpc-timeout "${timeout.slice(0, 32)}": wanted one to eight digits and a unit of H, M, S, m, u or n`,
  );
}

function unreadable(encoding: string): Status | undefined {
  if (encodings.has(encoding)) return undefined;
  return statusFrom(Code.UNIMPLEMENTED, `Cannot read messages in that grpc-encoding: wanted one of ${acceptEncoding}`);
}

function excess(raw: readonly string[], { maxHeaderPairs, maxHeaderBytes }: HeadLimits): Status | undefined {
  const { pairs, bytes } = customSize(raw);
  if (pairs > maxHeaderPairs)
    return statusFrom(Code.RESOURCE_EXHAUSTED, `The call has ${pairs} pairs of metadata, ${maxHeaderPairs} allowed`);
  if (bytes > maxHeaderBytes)
    return statusFrom(Code.RESOURCE_EXHAUSTED, `The call has ${bytes} bytes of metadata, ${maxHeaderBytes} allowed`);
  return undefined;
}
