import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';

const resolutionMs = 10;
const readEveryMs = 100;
/** An older reading says nothing about now. */
const staleMs = 1_000;

/** How late this process is with its own work: the mean delay of timers, looked at again every 100 ms while somebody asks. */
export class LoopDelay {
  readonly #histogram: IntervalHistogram;
  #readAt = performance.now();
  #ms = 0;

  constructor() {
    this.#histogram = monitorEventLoopDelay({ resolution: resolutionMs });
    this.#histogram.enable();
  }

  /** Milliseconds; 0 once closed. */
  get ms(): number {
    const now = performance.now();
    const age = now - this.#readAt;
    if (age >= readEveryMs) this.#read(now, age);
    return this.#ms;
  }

  close(): void {
    this.#histogram.disable();
    this.#histogram.reset();
    this.#ms = 0;
  }

  #read(now: number, age: number): void {
    const { count, mean } = this.#histogram;
    if (age > staleMs) this.#ms = 0;
    // A reset loses the interval it falls into: in a process that is hardly ever idle, that would be each of them.
    else if (count === 0) return;
    else this.#ms = Math.max(0, mean / 1e6 - resolutionMs);
    this.#histogram.reset();
    this.#readAt = now;
  }
}
