import { hashValue } from '../../wire/value-hash.ts';
import { equalValues } from '../../wire/value-order.ts';

interface Slot<T> {
  readonly key: unknown;
  readonly item: T;
}

/** How many keys of one hash are kept: whoever makes them collide on purpose must not make lookups slow. */
const maxColliding = 16;

/** A map whose keys are values, the same when `equalValues` says so. Keys must not change while they are in it. */
export class ValueMap<T> {
  readonly #slots = new Map<number, Slot<T>[]>();

  get(key: unknown): T | undefined {
    return this.#slots.get(hashValue(key))?.find((slot) => equalValues(slot.key, key))?.item;
  }

  /** Gives the item that had to leave: the one that the key had before, or the oldest of too many keys with one hash. */
  set(key: unknown, item: T): T | undefined {
    const hash = hashValue(key);
    const slots = this.#slots.get(hash);
    if (slots === undefined) {
      this.#slots.set(hash, [{ key, item }]);
      return undefined;
    }
    const known = slots.findIndex((slot) => equalValues(slot.key, key));
    const [gone] = known >= 0 || slots.length >= maxColliding ? slots.splice(Math.max(known, 0), 1) : [];
    slots.push({ key, item });
    return gone?.item;
  }

  /** Takes an item out, unless the key has another one by now. */
  delete(key: unknown, item: T): void {
    const hash = hashValue(key);
    const slots = this.#slots.get(hash);
    const index = slots?.findIndex((slot) => slot.item === item) ?? -1;
    if (slots === undefined || index < 0) return;
    if (slots.length === 1) this.#slots.delete(hash);
    else slots.splice(index, 1);
  }
}
