import type { StandardSchemaV1 } from '@standard-schema/spec';

/**
 * The ports that a kind's nodes have, such as `in`, `out[0]`, or `out[*]` for any index.
 * A function when they depend on the node's own fields; it gets what the kind's schema gave.
 */
export type PortShape = readonly string[] | ((fields: unknown) => readonly string[]);

/**
 * Full names of the protobuf messages at a port; left out means `google.protobuf.Value`.
 * In-ports take `request` and reply `response`; out-ports send `request` and take `response` for a reply.
 */
export interface PortType {
  readonly request?: string;
  readonly response?: string;
}

/** What validation must know of a node kind. */
export interface KindInfo {
  readonly kind: string;
  /** Checks the kind's own fields, and what it gives is what the node is set up with. Without it they pass as written. */
  readonly spec?: StandardSchemaV1;
  /** Names of the own fields, to refuse others. Left out: asked of the schema, when it can say its JSON Schema. */
  readonly fields?: readonly string[];
  /** Default: `in`. */
  readonly inputs?: PortShape;
  /** Default: `out` and `error`. */
  readonly outputs?: PortShape;
  /** Its nodes are made of others, written under `specs`, `inbounds` and `outbounds`; of a `chain` under `specs` alone, each leading to the next. */
  readonly composed?: boolean | 'chain';
  portType?(port: string, direction: 'in' | 'out', fields: unknown): PortType | undefined;
}

/** Kinds by name: a Map, or a registry. */
export interface KindLookup<K extends KindInfo = KindInfo> {
  get(kind: string): K | undefined;
  keys(): Iterable<string>;
}

/** The in-ports of a node with these fields. */
export function inputsOf(kind: KindInfo, fields: unknown): readonly string[] {
  return portsOf(kind.inputs ?? ['in'], fields);
}

/** The out-ports of a node with these fields. */
export function outputsOf(kind: KindInfo, fields: unknown): readonly string[] {
  return portsOf(kind.outputs ?? ['out', 'error'], fields);
}

function portsOf(shape: PortShape, fields: unknown): readonly string[] {
  return typeof shape === 'function' ? shape(fields) : shape;
}
