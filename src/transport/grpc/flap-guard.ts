/** A connection that lived shorter than this was no good. */
const shortMs = 1_000;
/** As many in a row are taken for accidents. */
const accidents = 3;
const factor = 1.6;

/**
 * Slows a channel down whose server takes connections and drops them at once. grpc-js starts its back-off anew with every
 * connection that was made, so it would try again with every call.
 */
export class FlapGuard {
  readonly #initialMs: number;
  readonly #maxMs: number;
  #readySince: number | undefined;
  #flaps = 0;
  #until = 0;

  constructor({
    initialBackoffMs = 1_000,
    maxBackoffMs = 120_000,
  }: { initialBackoffMs?: number; maxBackoffMs?: number } = {}) {
    this.#initialMs = initialBackoffMs;
    this.#maxMs = maxBackoffMs;
  }

  /** Time until the next attempt; 0 when calls may go on. */
  get pauseMs(): number {
    return this.#flaps <= accidents ? 0 : Math.max(0, this.#until - Date.now());
  }

  reset(): void {
    this.#flaps = 0;
  }

  /** The connection that ends, or has just ended, was left by ourselves. */
  left(): void {
    this.reset();
    this.#readySince = undefined;
  }

  saw(state: string): void {
    if (state === 'ready') {
      this.#readySince = Date.now();
    } else if (this.#readySince !== undefined) {
      const short = Date.now() - this.#readySince < shortMs;
      this.#readySince = undefined;
      this.#flaps = short ? this.#flaps + 1 : 0;
      const jitter = 0.8 + Math.random() * 0.4;
      this.#until =
        Date.now() +
        jitter * Math.min(this.#maxMs, this.#initialMs * factor ** Math.max(0, this.#flaps - accidents - 1));
    }
  }
}
