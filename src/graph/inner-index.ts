import type { KindInfo } from '../nodes/kind-info.ts';
import type { InnerPort, InnerSpec } from './composition.ts';
import type { Draft } from './draft.ts';
import { didYouMean, quote } from './problems.ts';
import type { Report } from './rules.ts';

/** Finds the nodes inside of one block by what its edges call them: their own names, or `$0`, `$1`… */
export class InnerIndex<K extends KindInfo> {
  /** Completes "… has no such node". */
  readonly where: string;
  readonly #byName = new Map<string, Draft<K>>();
  readonly #byId = new Map<string, Draft<K>>();

  constructor(block: string) {
    this.where = `block ${quote(block)}`;
  }

  /** Enters a node; one with the name or id of another is reported. */
  add({ name, spec: { id } }: InnerSpec, draft: Draft<K>, report: Report): void {
    if (this.#byName.has(name)) report(`duplicate name in ${this.where}`, ['name'], 'rename one of them');
    else this.#byName.set(name, draft);
    if (id === undefined) return;
    const key = id.toLowerCase();
    if (this.#byId.has(key)) report(`duplicate id ${quote(id)} in ${this.where}`, ['id'], 'leave it out');
    else this.#byId.set(key, draft);
  }

  find({ id, name }: Pick<InnerPort, 'id' | 'name'>): Draft<K> | undefined {
    const found = id === undefined ? undefined : this.#byId.get(id.toLowerCase());
    if (name === undefined) return found;
    const named = this.#byName.get(name);
    return id === undefined || named === found ? named : undefined;
  }

  suggestionFor({ name }: Pick<InnerPort, 'name'>): string | undefined {
    return name === undefined ? undefined : didYouMean(name, this.#byName.keys());
  }
}
