import type { NodeKind } from './kind.ts';
import { blockKind } from './kinds/block.ts';
import { forkKind } from './kinds/fork.ts';
import { ifKind } from './kinds/if.ts';
import { mergeKind } from './kinds/merge.ts';
import { rpcKind } from './kinds/rpc.ts';
import { snippetKind } from './kinds/snippet.ts';
import { switchKind } from './kinds/switch.ts';

/** Kinds by name. */
export type Kinds = ReadonlyMap<string, NodeKind>;

/** The built-in kinds. */
export const kinds: Kinds = new Map(
  [snippetKind, ifKind, switchKind, forkKind, mergeKind, rpcKind, blockKind].map((kind) => [kind.kind, kind]),
);

/** A kind under another name that it is known by. */
export function aliasOf(kind: NodeKind, name: string): NodeKind {
  return Object.freeze({ ...kind, kind: name });
}

/** The built-in kinds and some more. A TypeError when two have one name. */
export function createKinds(...more: readonly NodeKind[]): Map<string, NodeKind> {
  const all = new Map(kinds);
  for (const kind of more) {
    if (all.has(kind.kind)) throw new TypeError(`Cannot register kind "${kind.kind}": there is one already`);
    all.set(kind.kind, kind);
  }
  return all;
}
