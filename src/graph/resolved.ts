import type { KindInfo } from '../nodes/kind-info.ts';
import type { Secrets } from '../nodes/secrets.ts';
import type { PortTarget } from './edge.ts';
import type { Resolution } from './resolution.ts';
import type { NodeSpec } from './spec.ts';

/** A node with everything about it looked up. It can run when no error has its id. */
export interface ResolvedNode<K extends KindInfo = KindInfo> {
  /** As written, templates and all; of a node inside of a block with the id, the namespace and the name that it got there. */
  readonly spec: NodeSpec;
  /** Name of its gRPC service; of a node inside of a block the path to it, `default.block/$0`, which nobody can call. */
  readonly service: string;
  /** Undefined when nobody knows it. */
  readonly kind: K | undefined;
  /** What the node is set up with; undefined when its fields were refused. Secrets are in clear: never to be shown. */
  readonly fields: unknown;
  /** Undefined when they are not known, since kind or fields are not. */
  readonly inputs: readonly string[] | undefined;
  readonly outputs: readonly string[] | undefined;
  /** By out-port, in link order. Edges with a problem are left out. A block's own lead from its in-ports to the nodes inside. */
  readonly links: readonly Link<K>[];
  /** Every node that an edge of this one leads to, one whose port was refused too. */
  readonly targets: readonly ResolvedNode<K>[];
  /** The block that it is inside of; undefined for a node of its own. */
  readonly block: ResolvedNode<K> | undefined;
  /** The same object as in an earlier graph when the node would be set up the same way; undefined for a kind that nobody knows. */
  readonly resolution: Resolution<K> | undefined;
  /** Ids of the stored values that its fields come from. */
  readonly boundValues: readonly string[];
  /** What of its fields came from stored values, and must not be shown. */
  readonly secrets: Secrets | undefined;
}

/** One edge whose ends were found. */
export interface Link<K extends KindInfo = KindInfo> {
  /** Out-port by its full name: `out[0]` where the spec says `out` of an indexed port. */
  readonly port: string;
  /** In-port by its full name, or the method of a service outside this graph. */
  readonly to: string;
  /** The node it leads to; undefined outside this graph. */
  readonly node: ResolvedNode<K> | undefined;
  /** As written, with the edge's policy. */
  readonly target: PortTarget;
}
