const slots = 10;

/** How much was counted in the last so many milliseconds, to a tenth of them. Costs the same however much it is. */
export class SlidingCount {
  readonly #slotMs: number;
  readonly #counts: number[] = new Array<number>(slots).fill(0);
  #slot: number;
  #sum = 0;

  constructor(windowMs: number, now: number = performance.now()) {
    this.#slotMs = windowMs / slots;
    this.#slot = Math.floor(now / this.#slotMs);
  }

  add(count = 1, now: number = performance.now()): void {
    this.#advance(now);
    this.#counts[this.#slot % slots]! += count;
    this.#sum += count;
  }

  sum(now: number = performance.now()): number {
    this.#advance(now);
    return this.#sum;
  }

  clear(): void {
    this.#counts.fill(0);
    this.#sum = 0;
  }

  #advance(now: number): void {
    const slot = Math.floor(now / this.#slotMs);
    if (slot === this.#slot) return;
    if (slot - this.#slot >= slots) this.clear();
    else {
      for (let passed = this.#slot + 1; passed <= slot; passed++) {
        this.#sum -= this.#counts[passed % slots]!;
        this.#counts[passed % slots] = 0;
      }
    }
    this.#slot = slot;
  }
}
