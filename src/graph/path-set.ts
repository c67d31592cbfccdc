import type { Path } from '../wire/yaml/position.ts';

interface Step {
  readonly next: Map<string, Step>;
  /** Whether a path ends here. */
  end: boolean;
}

/** Paths into a value. Whether one touches them takes as long as it has steps, however many they are. */
export class PathSet {
  readonly #root: Step = { next: new Map(), end: false };

  constructor(paths: Iterable<Path>) {
    for (const path of paths) {
      let at = this.#root;
      for (const key of path) {
        let next = at.next.get(String(key));
        if (next === undefined) at.next.set(String(key), (next = { next: new Map(), end: false }));
        at = next;
      }
      at.end = true;
    }
  }

  get empty(): boolean {
    return !this.#root.end && this.#root.next.size === 0;
  }

  /** Whether one of them is the path, around it, or within it. */
  touches(path: Path): boolean {
    let at = this.#root;
    for (const key of path) {
      if (at.end) return true;
      const next = at.next.get(String(key));
      if (next === undefined) return false;
      at = next;
    }
    return !(at === this.#root && this.empty);
  }
}
