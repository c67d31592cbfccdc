import { isPromise } from './is-promise.ts';

/**
 * Calls what a user gave to be told of something. What it throws, or what a promise that it gives rejects with, is a warning of
 * the process (`FLOWRPC_LISTENER`) and harms no call. `what` names it in the warning.
 */
export function harmless(what: string, tell: () => unknown): void {
  try {
    settled(what, tell());
  } catch (thrown) {
    warn(what, thrown);
  }
}

/** A value of a user's function as it is; of a promise nobody waits for, the rejection becomes a warning as in `harmless`. */
export function settled<T>(what: string, value: T): T {
  if (isPromise(value)) Promise.resolve(value).then(undefined, (reason: unknown) => warn(what, reason));
  return value;
}

/** A value that is wanted at once: a TypeError for a promise, whose own rejection becomes a warning. */
export function atOnce<T>(what: string, value: T): T {
  if (!isPromise(settled(what, value))) return value;
  throw new TypeError(`Cannot wait for ${what}: it gave a promise, wanted its value at once`);
}

function warn(what: string, thrown: unknown): void {
  process.emitWarning(`${what} failed: ${describe(thrown)}`, { type: 'FlowrpcWarning', code: 'FLOWRPC_LISTENER' });
}

function describe(thrown: unknown): string {
  try {
    return thrown instanceof Error ? thrown.message : String(thrown);
  } catch {
    return 'an object without a text form';
  }
}
