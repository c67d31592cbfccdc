import type { StatusError } from '../core/status-error.ts';
import { Activation } from './activation.ts';
import type { NodeContext } from './node-context.ts';
import { onCancel } from './on-cancel.ts';
import { orEnded } from './or-ended.ts';
import { Unanswered } from './unanswered.ts';

/** The promise, or why nobody waits for it any more: the run was cancelled, its time is up, or its process has ended. */
export async function orRunEnded<T>(context: NodeContext, promise: Promise<T>): Promise<T | Ended> {
  if (context instanceof Activation) {
    const settled = orEnded(context, promise.then(wrapped), new Unanswered(context, [], 0, undefined));
    const result = (await settled) as Wrapped<T> | StatusError;
    return result instanceof Wrapped ? result.value : new Ended(result);
  }
  let off: (() => void) | undefined;
  const over = new Promise<Ended>((resolve) => {
    off = onCancel(context, (reason) => resolve(new Ended(reason)));
  });
  try {
    return await Promise.race([promise, over]);
  } finally {
    off?.();
  }
}

/** Says that a run ended while something was waited for. */
export class Ended {
  readonly reason: StatusError;

  constructor(reason: StatusError) {
    this.reason = reason;
  }
}

/** What was waited for may be an error as well. */
class Wrapped<T> {
  readonly value: T;

  constructor(value: T) {
    this.value = value;
  }
}

function wrapped<T>(value: T): Wrapped<T> {
  return new Wrapped(value);
}
