/** What blocks may make of the edges that are written, in one graph. */
const maxEdges = 100_000;

/** Completes "Cannot load node …: " for one with more. */
export const tooManyEdges = `blocks make more than ${maxEdges} edges of those that are written`;

/** Keeps blocks within blocks from multiplying edges: a port that comes from two ports inside is two, and each of them may be two again. */
export class EdgeBudget {
  #left = maxEdges;

  /** False, and nothing is counted, when that is too much. */
  take(count: number): boolean {
    if (count > this.#left) return false;
    this.#left -= count;
    return true;
  }
}
