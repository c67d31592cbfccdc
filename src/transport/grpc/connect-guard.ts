/** What an attempt that was given up may take to be noticed by grpc-js, before the channel itself is replaced. */
const slackMs = 500;

/** Watches how long a channel has been connecting: a last resort where no socket is there to be closed. */
export class ConnectGuard {
  readonly #timeoutMs: number;
  readonly #onStuck: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(timeoutMs: number, onStuck: () => void) {
    this.#timeoutMs = timeoutMs + slackMs;
    this.#onStuck = onStuck;
  }

  /** `pauseMs`: how long an attempt waits before it begins. */
  saw(state: string, pauseMs = 0): void {
    this.stop();
    if (state === 'connecting') this.#timer = setTimeout(this.#onStuck, this.#timeoutMs + pauseMs).unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
