import { detached } from '../core/current.ts';
import { maxTimerMs } from '../core/deadline.ts';

export interface HeartbeatOptions {
  /** `Infinity` for none. */
  readonly intervalMs: number;
  /** Heartbeats in a row that may stay unanswered. */
  readonly missed: number;
  send(n: number): void;
  /** Nothing was heard after so many. Called once. */
  silent(): void;
}

/** Asks the other side whether it is there when it said nothing for an interval. That writes succeed tells nothing. */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #timer: ReturnType<typeof setInterval> | undefined;
  #heard = false;
  #sent = 0;
  #unanswered = 0;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
  }

  start(): void {
    const { intervalMs } = this.#options;
    if (intervalMs === Number.POSITIVE_INFINITY || this.#timer !== undefined) return;
    this.#timer = detached(() => setInterval(() => this.#tick(), Math.min(intervalMs, maxTimerMs)).unref());
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** The other side said something, whatever it was. */
  heard(): void {
    this.#heard = true;
  }

  #tick(): void {
    if (this.#heard) {
      this.#heard = false;
      this.#unanswered = 0;
    } else if (this.#unanswered >= this.#options.missed) {
      this.stop();
      this.#options.silent();
    } else {
      this.#unanswered += 1;
      this.#sent = (this.#sent + 1) >>> 0;
      this.#options.send(this.#sent);
    }
  }
}
