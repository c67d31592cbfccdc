import { Code } from '../../core/code.ts';
import { StatusError } from '../../core/status-error.ts';
import type { EmitOptions } from '../node-context.ts';

/** Requests of one listener that may wait for their turn. */
const maxWaiting = 10_000;

/** How many requests are at work at a time; those behind them wait, the first one goes first. */
export class Slots {
  readonly #most: number;
  #used = 0;
  #waiting: (() => void)[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  /** Undefined when there is one at once. UNAVAILABLE when too many wait already. */
  take(): Promise<void> | undefined {
    if (this.#used < this.#most) {
      this.#used += 1;
      return undefined;
    }
    if (this.#waiting.length >= maxWaiting)
      return Promise.reject(new StatusError(Code.UNAVAILABLE, `${maxWaiting} requests wait already`));
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Gives what frees one that was taken. A connection that somebody takes over frees it before: `maxConnections` bounds those. */
  held({ uncounted }: Pick<EmitOptions, 'uncounted'>): () => void {
    if (uncounted === undefined) return this.#free;
    let held = true;
    const free = (): void => {
      if (held) this.#free();
      held = false;
    };
    uncounted(free);
    return free;
  }

  readonly #free = (): void => {
    const next = this.#waiting.shift();
    if (next === undefined) this.#used -= 1;
    else next();
  };
}
