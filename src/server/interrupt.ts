import { maxTimerMs } from '../core/deadline.ts';

/** Signals this close together are one. */
const sameMs = 300;

/** Ctrl-C and SIGTERM as a signal: the first one asks to stop, the second one ends the process at once. */
export class Interrupt implements Disposable {
  readonly #controller = new AbortController();
  readonly #onStop: (signal: NodeJS.Signals) => void;
  #exitCode: number | undefined;
  #since = 0;
  #end: NodeJS.Timeout | undefined;

  constructor() {
    this.#onStop = (signal) => {
      const code = signal === 'SIGINT' ? 130 : 143;
      // npm and shells pass on what the terminal told this process already: one Ctrl-C may come twice.
      if (this.#exitCode !== undefined && performance.now() - this.#since > sameMs) process.exit(code);
      if (this.#exitCode !== undefined) return;
      this.#exitCode = code;
      this.#since = performance.now();
      this.#controller.abort(new Error(`Interrupted by ${signal}`));
    };
    process.on('SIGINT', this.#onStop).on('SIGTERM', this.#onStop);
  }

  /** Aborts on the first of them. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** 130 after Ctrl-C, 143 after SIGTERM, as shells count; undefined before. */
  get exitCode(): number | undefined {
    return this.#exitCode;
  }

  /** Who sent SIGTERM may still send calls for a moment; who pressed Ctrl-C wants an end. */
  get settles(): boolean {
    return this.#exitCode === 143;
  }

  /** Ends the process with 0 after so long, if it is still there: whatever hangs, nobody need kill it. */
  endWithin(ms: number): void {
    this.#end ??= setTimeout(() => process.exit(0), Math.min(ms, maxTimerMs)).unref();
  }

  [Symbol.dispose](): void {
    process.off('SIGINT', this.#onStop).off('SIGTERM', this.#onStop);
  }
}
