/** What a slot list keeps: each item knows its place. */
export interface Slotted {
  /** -1 while it is in no list. */
  slot: number;
}

/**
 * An unordered collection with cheap `add` and `delete` for things that come and go with every call. A Map or Set would do but
 * for this: each time its table is rebuilt, the old one keeps what was in it alive until the next full collection, and with it
 * a good part of all calls.
 */
export class SlotList<T extends Slotted> implements Iterable<T> {
  readonly #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  add(item: T): void {
    item.slot = this.#items.length;
    this.#items.push(item);
  }

  /** False when the item is not in the list. */
  delete(item: T): boolean {
    const { slot } = item;
    if (this.#items[slot] !== item) return false;
    const last = this.#items.pop()!;
    if (last !== item) {
      this.#items[slot] = last;
      last.slot = slot;
    }
    item.slot = -1;
    return true;
  }

  /** The items as they are now: the list may change while they are gone through. */
  [Symbol.iterator](): Iterator<T> {
    return this.#items.slice()[Symbol.iterator]();
  }
}
