import type { KindInfo } from '../nodes/kind-info.ts';
import type { PortTarget } from './edge.ts';
import type { NodeSpec } from './spec.ts';

/** A node with everything about it looked up. It can run when no error has its id. */
export interface ResolvedNode<K extends KindInfo = KindInfo> {
  readonly spec: NodeSpec;
  /** Name of its gRPC service. */
  readonly service: string;
  /** Undefined when nobody knows it. */
  readonly kind: K | undefined;
  /** What the node is set up with; undefined when its fields were refused. */
  readonly fields: unknown;
  /** Undefined when they are not known, since kind or fields are not. */
  readonly inputs: readonly string[] | undefined;
  readonly outputs: readonly string[] | undefined;
  /** By out-port, in link order. Edges with a problem are left out. */
  readonly links: readonly Link<K>[];
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
