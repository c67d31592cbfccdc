import { constants } from 'node:http2';
import type { ChannelInterface } from '@grpc/grpc-js';

type GrpcCall = ReturnType<ChannelInterface['createCall']>;

interface Attempt {
  /** `child` is null until the call is on a connection. */
  readonly call?: { readonly child?: WireCall | null };
}

interface WireCall {
  readonly decoder?: { readonly readState?: number };
  readonly finalStatus?: { readonly rstCode?: number } | null;
  readonly httpStatusCode?: number;
}

interface Internals {
  /** Null until the call starts on a name that was resolved. */
  readonly child?: (Pick<GrpcCall, 'cancelWithStatus'> & { readonly underlyingCalls?: readonly Attempt[] }) | null;
  readonly configReceivedTime?: number | null;
}

/*
 * What a call of grpc-js knows and does not say. Its attempts on the wire hang three private fields below it; where one is
 * missing nothing is found, the symptoms are back, and tests in hostile/ fail.
 */
function attemptsOf(call: object): readonly Attempt[] {
  return (call as Internals).child?.underlyingCalls ?? [];
}

/** True when the bytes of the responses ended inside a message: grpc-js drops such a rest silently and reports OK. */
export function endsInsideMessage(call: object): boolean {
  return attemptsOf(call).some((attempt) => (attempt.call?.child?.decoder?.readState ?? 0) !== 0);
}

/**
 * Cancels a call for good. Symptom: the handler of a call that is cancelled right after its start runs, and is never told. Cause:
 * grpc-js starts what it has decided to start, cancelled or not. May go when it looks again before it starts.
 */
export function cancelCall(call: GrpcCall, code: number, message: string): void {
  const starting = (call as Internals).child === null;
  call.cancelWithStatus(code, message);
  if (starting) setImmediate(() => (call as Internals).child?.cancelWithStatus(code, message));
}

/**
 * True when no attempt of a call that has ended reached a server application: none got a connection, or each stream was refused
 * before it was looked at (RFC 9113, 8.7). False where that can't be told.
 */
export function wasUnseen(call: object): boolean {
  const { child, configReceivedTime } = call as Internals;
  // Between the two the call is on its way to its start, which nothing stops.
  if (child === null) return configReceivedTime === null;
  return child?.underlyingCalls?.every(({ call: attempt }) => attempt !== undefined && refused(attempt.child)) ?? false;
}

/** How often a call was begun anew by itself, because its server had not taken it. */
export function repeatsOf(call: object): number {
  const attempts = attemptsOf(call);
  if (attempts.length < 2) return 0;
  return attempts.slice(0, -1).filter(({ call: attempt }) => attempt !== undefined && refused(attempt.child)).length;
}

function refused(wire: WireCall | null | undefined): boolean {
  if (wire === null) return true;
  return wire?.finalStatus?.rstCode === constants.NGHTTP2_REFUSED_STREAM && wire.httpStatusCode === undefined;
}
