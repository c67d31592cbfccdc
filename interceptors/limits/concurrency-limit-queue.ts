import { longestTimerMs } from '../calls/longest-timer.ts';

/** How much the newest call says about how long calls take. */
const weight = 0.1;

interface Waiter {
  admit(): void;
}

/** Slots for calls under way, and the line of those that wait for one: first come, first served. */
export class Slots {
  readonly #max: number;
  readonly #line = new Set<Waiter>();
  #running = 0;
  #meanMs: number | undefined;

  constructor(max: number) {
    this.#max = max;
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#line.size;
  }

  /** How long one who comes now would wait, as far as past calls tell; undefined before the first has ended. */
  get expectedMs(): number | undefined {
    return this.#meanMs === undefined ? undefined : (this.#meanMs * (this.#line.size + 1)) / this.#max;
  }

  /** Takes a slot; false when none is free. */
  take(): boolean {
    if (this.#running >= this.#max) return false;
    this.#running += 1;
    return true;
  }

  /** Waits in line for a slot; false when it took too long. Rejects with the signal's reason when that aborts first. */
  wait(signal: AbortSignal, maxWaitMs: number): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
        this.#line.delete(waiter);
      };
      // Out of the line in the same moment, so that no slot is given to somebody who has gone.
      const onAbort = (): void => {
        leave();
        reject(signal.reason);
      };
      const waiter: Waiter = {
        admit: () => {
          leave();
          resolve(true);
        },
      };
      const tooLate = (): void => {
        leave();
        resolve(false);
      };
      const timer = maxWaitMs <= longestTimerMs ? setTimeout(tooLate, maxWaitMs) : undefined;
      this.#line.add(waiter);
      if (signal.aborted) onAbort();
      else signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Gives a slot back, or on to the first in line; `heldMs` is how long the call took. */
  release(heldMs?: number): void {
    if (heldMs !== undefined)
      this.#meanMs = this.#meanMs === undefined ? heldMs : this.#meanMs + weight * (heldMs - this.#meanMs);
    const [first] = this.#line;
    if (first === undefined) {
      this.#running -= 1;
      return;
    }
    first.admit();
  }
}
