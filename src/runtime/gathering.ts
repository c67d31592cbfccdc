import { performance } from 'node:perf_hooks';

/** How long changes of a store are gathered before something is done about them: they come in bursts. */
const gatherMs = 10;
/** Never is more time left between two runs. */
const longestRestMs = 1_000;

/**
 * Does something about changes: once for all that come together, never twice at a time, and between two runs it rests for as long as the event loop was
 * busy in the last one, at most a second.
 */
export class Gathering {
  readonly #run: () => Promise<void>;
  #timer: NodeJS.Timeout | undefined;
  #running = false;
  #again = false;
  #closed = false;
  #restUntil = 0;

  /** `run` reads what there is in the turn in which it begins. It never rejects. */
  constructor(run: () => Promise<void>) {
    this.#run = run;
  }

  /** Something is to be done. */
  add(): void {
    if (this.#closed) return;
    if (this.#running) this.#again = true;
    else this.#timer ??= setTimeout(() => this.#begin(), Math.max(gatherMs, this.#restUntil - performance.now()));
  }

  /** Nothing begins any more. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #begin(): void {
    this.#timer = undefined;
    this.#running = true;
    const before = performance.eventLoopUtilization();
    const over = (): void => {
      const busyMs = performance.eventLoopUtilization(before).active;
      this.#restUntil = performance.now() + Math.min(busyMs, longestRestMs);
      this.#running = false;
      if (!this.#again) return;
      this.#again = false;
      this.add();
    };
    this.#run().then(over, over);
  }
}
