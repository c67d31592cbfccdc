import { type Call, key, type Status } from 'flowrpc';
import { harmless } from '../calls/harmless.ts';

/** One try of a call that `retry()` or `hedging()` carries out, as those further out hear of it. */
export type AttemptEvent =
  | {
      readonly type: 'started';
      /** 1 for the first. */
      readonly number: number;
      /** Runs beside earlier ones, which have not ended. */
      readonly hedge: boolean;
      /** The one before never reached a server, so this one takes nothing from the retry budget. */
      readonly transparent: boolean;
      /** Milliseconds between the end of the one before and this; 0 for the first, and for a hedge beside others. */
      readonly delayMs: number;
    }
  | {
      readonly type: 'ended';
      readonly number: number;
      readonly status: Status;
      readonly durationMs: number;
    };

export type AttemptListener = (event: AttemptEvent) => void;

interface Listeners {
  readonly listener: AttemptListener;
  readonly outer: Listeners | undefined;
}

const listenersKey = key<Listeners>('attempt listeners');
const numberKey = key<number>('attempt');

/** The call with a listener for the attempts that interceptors further in make of it. */
export function onAttempt(call: Call, listener: AttemptListener): Call {
  return call.with(listenersKey, { listener, outer: call.get(listenersKey) });
}

/** Whether anybody listens: without, events need not be made. */
export function listened(call: Call): boolean {
  return call.get(listenersKey) !== undefined;
}

/** Tells everybody further out. What a listener throws, or rejects with, is a warning of the process. */
export function announce(call: Call, event: AttemptEvent): void {
  for (let entry = call.get(listenersKey); entry !== undefined; entry = entry.outer) {
    const { listener } = entry;
    harmless('A listener of attempts', () => listener(event));
  }
}

/** The call as one of its attempts: interceptors further in can ask `attemptOf`. */
export function asAttempt(call: Call, number: number): Call {
  return call.with(numberKey, number);
}

/**
 * The call as a further attempt. On the wire the server learns how often it was tried before (`grpc-previous-rpc-attempts`, gRFC A6); a
 * handler's metadata stays what its caller sent.
 */
export function furtherAttempt(call: Call, number: number): Call {
  if (number === 1) return call;
  const attempt = asAttempt(call, number);
  if (call.side === 'server') return attempt;
  return attempt.withMetadata((metadata) => metadata.set('grpc-previous-rpc-attempts', String(number - 1)));
}

/** Which attempt a call is: 1 for the first, and where nobody repeats. */
export function attemptOf(call: Call): number {
  return call.get(numberKey) ?? 1;
}
