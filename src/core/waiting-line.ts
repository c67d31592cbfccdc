/** One that stands in a `WaitingLine`. */
export interface Waiting {
  /** The least goes first; of equals, who came first. */
  readonly lostAfterMs: number;
  go(): void;
}

interface Place {
  readonly waiting: Waiting;
  readonly turn: number;
  at: number;
}

/** Who waits, the least first. To come, to leave and to be first cost the logarithm of how many wait. */
export class WaitingLine {
  /** A binary heap: no place goes before the one at half its index. */
  readonly #heap: Place[] = [];
  readonly #places = new Map<Waiting, Place>();
  #turns = 0;

  get size(): number {
    return this.#heap.length;
  }

  get first(): Waiting | undefined {
    return this.#heap[0]?.waiting;
  }

  add(waiting: Waiting): void {
    const place = { waiting, turn: this.#turns++, at: this.#heap.length };
    this.#places.set(waiting, place);
    this.#heap.push(place);
    this.#rise(place);
  }

  /** Who is not in the line may leave it, too. */
  delete(waiting: Waiting): void {
    const place = this.#places.get(waiting);
    if (place === undefined) return;
    this.#places.delete(waiting);
    const last = this.#heap.pop();
    if (last === undefined || last === place) return;
    this.#put(last, place.at);
    this.#rise(last);
    this.#sink(last);
  }

  #rise(place: Place): void {
    while (place.at > 0) {
      const above = this.#heap[(place.at - 1) >> 1];
      if (above === undefined || isBefore(above, place)) return;
      this.#swap(above, place);
    }
  }

  #sink(place: Place): void {
    for (;;) {
      const left = this.#heap[2 * place.at + 1];
      const right = this.#heap[2 * place.at + 2];
      const below = left !== undefined && right !== undefined && isBefore(right, left) ? right : left;
      if (below === undefined || isBefore(place, below)) return;
      this.#swap(place, below);
    }
  }

  #swap(above: Place, below: Place): void {
    const { at } = above;
    this.#put(above, below.at);
    this.#put(below, at);
  }

  #put(place: Place, at: number): void {
    place.at = at;
    this.#heap[at] = place;
  }
}

function isBefore(one: Place, other: Place): boolean {
  const { lostAfterMs } = one.waiting;
  return (
    lostAfterMs < other.waiting.lostAfterMs || (lostAfterMs === other.waiting.lostAfterMs && one.turn < other.turn)
  );
}
