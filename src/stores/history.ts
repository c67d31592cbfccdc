import type { Document } from './store.ts';

/** One change of a table: a document that came, went, or became another. */
export interface Change {
  readonly revision: number;
  readonly before: Document | undefined;
  readonly after: Document | undefined;
  /** Of both: each is kept for as long as the change is. */
  readonly bytes: number;
}

/** The newest changes, bounded in number and bytes. Revisions have no gaps, so each is found by its number. */
export class History {
  readonly #maxEvents: number;
  readonly #maxBytes: number;
  #changes: (Change | undefined)[] = [];
  /** Index of the oldest one kept: shifting a long list each time would cost more than the change. */
  #start = 0;
  #bytes = 0;

  constructor(maxEvents: number, maxBytes: number) {
    this.#maxEvents = maxEvents;
    this.#maxBytes = maxBytes;
  }

  get size(): number {
    return this.#changes.length - this.#start;
  }

  add(change: Change): void {
    this.#changes.push(change);
    this.#bytes += change.bytes;
    while (this.size > this.#maxEvents || (this.#bytes > this.#maxBytes && this.size > 1)) {
      this.#bytes -= this.#changes[this.#start]!.bytes;
      this.#changes[this.#start] = undefined;
      this.#start += 1;
    }
    if (this.#start > 1_000 && this.#start * 2 > this.#changes.length) {
      this.#changes = this.#changes.slice(this.#start);
      this.#start = 0;
    }
  }

  /** The change of a revision; undefined when it is not kept any more. */
  at(revision: number): Change | undefined {
    const oldest = this.#changes[this.#start];
    if (oldest === undefined || revision < oldest.revision) return undefined;
    return this.#changes[this.#start + revision - oldest.revision];
  }

  clear(): void {
    this.#changes = [];
    this.#start = 0;
    this.#bytes = 0;
  }
}
