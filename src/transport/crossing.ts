import type { Route } from '../core/acceptor.ts';
import { Code } from '../core/code.ts';
import type { Method } from '../core/method.ts';
import { StatusError } from '../core/status-error.ts';
import { encodeResponse } from './encode-response.ts';

/** How a message gets from one side of a process to the other: `out` in the sender's time, `in` in the receiver's. */
export interface Crossing {
  out(message: unknown): unknown;
  in(sent: unknown): unknown;
  /** Bytes of what is on its way; 0 for what goes by reference. */
  size(sent: unknown): number;
}

const byReference: Crossing = { out: (message) => message, in: (sent) => sent, size: () => 0 };

const size = (sent: unknown): number => (sent as Uint8Array).byteLength;

/** From the caller's codec to the handler's, or by reference where both have the same and nobody wants a copy. */
export function requestCrossing({ request }: Method, { method, limits }: Route, copy: boolean): Crossing {
  if (!copy && request === method.request) return byReference;
  return {
    out: (message) => request.encode(message),
    in: (sent) => method.request.decode(bounded(sent, limits.maxReceiveBytes, 'request')),
    size,
  };
}

/** From the handler's codec to the caller's. */
export function responseCrossing(
  { response }: Method,
  { method, limits }: Route,
  copy: boolean,
  maxReceiveBytes: number,
): Crossing {
  if (!copy && response === method.response) return byReference;
  return {
    out: (message) => encodeResponse(method, message, limits.maxSendBytes),
    in: (sent) => response.decode(bounded(sent, maxReceiveBytes, 'response')),
    size,
  };
}

function bounded(sent: unknown, maxBytes: number, what: string): Uint8Array {
  const bytes = sent as Uint8Array;
  if (bytes.byteLength <= maxBytes) return bytes;
  throw new StatusError(
    Code.RESOURCE_EXHAUSTED,
    `A ${what} of ${bytes.byteLength} bytes is over the limit of ${maxBytes}`,
  );
}
