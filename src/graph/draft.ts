import type { KindInfo } from '../nodes/kind-info.ts';
import { serviceName } from '../nodes/names.ts';
import type { InnerIndex } from './inner-index.ts';
import type { Link, ResolvedNode } from './resolved.ts';
import type { NodeSpec } from './spec.ts';

/** A node while a graph is looked up: its edges are still to be found. */
export interface Draft<K extends KindInfo> extends ResolvedNode<K> {
  readonly links: Link<K>[];
  readonly targets: Draft<K>[];
  readonly block: Draft<K> | undefined;
  readonly inside: Inside<K> | undefined;
}

/** What a block holds. */
export interface Inside<K extends KindInfo> {
  readonly nodes: readonly Draft<K>[];
  readonly index: InnerIndex<K>;
  /** Where packets leave the block, by its out-ports. */
  readonly exits: ReadonlyMap<string, readonly Exit<K>[]>;
}

/** An out-port of a node that is no block. */
export interface Exit<K extends KindInfo> {
  readonly node: Draft<K>;
  readonly port: string;
}

/** A node of which nothing is known but its spec. */
export function draftOf<K extends KindInfo>(spec: NodeSpec, parts: Partial<Draft<K>> = {}): Draft<K> {
  return {
    spec,
    service: serviceName(spec),
    kind: undefined,
    fields: undefined,
    inputs: undefined,
    outputs: undefined,
    links: [],
    targets: [],
    block: undefined,
    inside: undefined,
    resolution: undefined,
    boundValues: [],
    secrets: undefined,
    ...parts,
  };
}

/** Where packets leave a node by an out-port: of a block, the nodes inside that the port comes from. */
export function exitsOf<K extends KindInfo>(node: Draft<K>, port: string): readonly Exit<K>[] {
  return node.inside === undefined ? [{ node, port }] : (node.inside.exits.get(port) ?? []);
}
