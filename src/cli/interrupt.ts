/** Ctrl-C and SIGTERM as a signal: the first one asks to stop, the second one ends the process at once. */
export class Interrupt implements Disposable {
  readonly #controller = new AbortController();
  readonly #onStop: (signal: NodeJS.Signals) => void;
  #exitCode: number | undefined;

  constructor() {
    this.#onStop = (signal) => {
      const code = signal === 'SIGINT' ? 130 : 143;
      if (this.#exitCode !== undefined) process.exit(code);
      this.#exitCode = code;
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

  [Symbol.dispose](): void {
    process.off('SIGINT', this.#onStop).off('SIGTERM', this.#onStop);
  }
}
