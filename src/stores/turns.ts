import { Code } from '../core/code.ts';
import type { StatusError } from '../core/status-error.ts';
import { refusal } from './store-error.ts';

/** Runs one thing at a time, in the order they were asked for. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();
  #movedAt = 0;
  #runningSince: number | undefined;

  /** UNAVAILABLE while it waits, or would, and nothing went on for `stallMs`: then it is not run. */
  run<T>(job: () => Promise<T>, stallMs?: number): Promise<T> {
    // Those that wait behind one that hangs are few this way.
    if (stallMs !== undefined && performance.now() - (this.#runningSince ?? Number.POSITIVE_INFINITY) > stallMs)
      return Promise.reject(stalled(stallMs));
    let timer: NodeJS.Timeout | undefined;
    let refused = false;
    const result = this.#last.then(() => {
      clearTimeout(timer);
      if (refused) return undefined as never;
      this.#runningSince = performance.now();
      return job();
    });
    this.#last = result.then(this.#moved, this.#moved);
    if (stallMs === undefined) return result;
    const askedAt = performance.now();
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const leftMs = Math.max(this.#movedAt, askedAt) + stallMs - performance.now();
        timer = leftMs > 0 ? setTimeout(look, leftMs) : undefined;
        if (timer !== undefined) return;
        refused = true;
        reject(stalled(stallMs));
      };
      look();
      result.then(resolve, reject);
    });
  }

  /** Resolves when all have run, or after `waitMs`. */
  async done(waitMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, waitMs);
    });
    await Promise.race([this.#last, late]);
    clearTimeout(timer);
  }

  #moved = (): void => {
    this.#movedAt = performance.now();
    this.#runningSince = undefined;
  };
}

function stalled(ms: number): StatusError {
  return refusal(Code.UNAVAILABLE, 'STALLED', `Cannot use the store: nothing went on for ${ms} ms`);
}
