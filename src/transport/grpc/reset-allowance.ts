/** Half of what servers on Node take before they end a connection, whose own allowance fills up as fast. */
const burst = 500;
const perSecond = 33;

/**
 * Counts the streams that were reset on one connection. Servers end connections with many resets, and all calls on them (CVE-2023-44487); to
 * part before that harms nobody.
 */
export class ResetAllowance {
  #left = burst;
  #at = performance.now();
  #spent = false;

  /** Counts one. True once: when it is time to part. */
  take(): boolean {
    if (this.#spent) return false;
    const now = performance.now();
    this.#left = Math.min(burst, this.#left + ((now - this.#at) / 1_000) * perSecond) - 1;
    this.#at = now;
    this.#spent = this.#left <= 0;
    return this.#spent;
  }
}
