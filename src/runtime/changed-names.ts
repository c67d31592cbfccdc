import type { GraphChange } from '../graph/index.ts';
import type { Document } from '../stores/index.ts';

/** Names that a line of a log has of each sort. */
const maxNames = 20;

/** Names of documents that changed: the first of them, and how many more there were. */
export class ChangedNames {
  #names = new Set<string>();
  #more = 0;

  add({ namespace, name, id }: Document, { deleted = false } = {}): void {
    const label = `${namespace}/${name ?? id}${deleted ? ' (deleted)' : ''}`;
    if (this.#names.size < maxNames) this.#names.add(label);
    else if (!this.#names.has(label)) this.#more += 1;
  }

  /** Those since it was asked last. */
  take(): readonly string[] {
    const names = shortened([...this.#names], this.#more);
    this.#names = new Set();
    this.#more = 0;
    return names;
  }
}

/** What a change of the graph did to its nodes, as fields of a log line. */
export function changedNodes({
  added,
  replaced,
  removed,
  deactivated,
}: GraphChange): Record<string, readonly string[]> {
  const sorts = Object.entries({ added, replaced, removed, deactivated }).filter(([, names]) => names.length > 0);
  return Object.fromEntries(
    sorts.map(([sort, names]) => [sort, shortened(names.slice(0, maxNames), names.length - maxNames)]),
  );
}

function shortened(names: readonly string[], more: number): readonly string[] {
  return more > 0 ? [...names, `… ${more} more`] : names;
}
