import type { Circuit } from './circuit.ts';

/** What nobody called for so long is forgotten, when the next circuit is made. */
const staleMs = 600_000;

/** Circuits by key, no more than so many. */
export class CircuitTable {
  readonly #circuits = new Map<string, Circuit>();
  readonly #max: number;
  readonly #make: (key: string) => Circuit;
  #sweptAt = performance.now();

  constructor(max: number, make: (key: string) => Circuit) {
    this.#max = max;
    this.#make = make;
  }

  find(key: string): Circuit | undefined {
    return this.#circuits.get(key);
  }

  keys(): string[] {
    return [...this.#circuits.keys()];
  }

  get(key: string): Circuit {
    let circuit = this.#circuits.get(key);
    if (circuit === undefined) {
      this.#makeRoom();
      circuit = this.#make(key);
      this.#circuits.set(key, circuit);
    }
    return circuit;
  }

  #makeRoom(): void {
    const now = performance.now();
    if (now - this.#sweptAt >= staleMs) {
      this.#sweptAt = now;
      for (const [key, { usedAt }] of this.#circuits) if (now - usedAt >= staleMs) this.#circuits.delete(key);
    }
    if (this.#circuits.size < this.#max) return;
    let oldest: string | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const [key, { usedAt }] of this.#circuits) if (usedAt < least) [oldest, least] = [key, usedAt];
    if (oldest !== undefined) this.#circuits.delete(oldest);
  }
}
