import type { Method } from '../core/method.ts';
import { methodName } from '../nodes/names.ts';
import type { NodeInfo } from '../nodes/node-context.ts';
import type { EntryOptions } from '../nodes/node-entry.ts';
import { type NodeTypes, serviceOfNode } from '../nodes/node-service.ts';
import type { NodeSlot } from '../nodes/node-slot.ts';
import type { ServiceModule } from '../server/service-module.ts';
import { methodLocalName } from '../wire/link-services.ts';
import { GraphEntry } from './graph-entry.ts';

/** The outside of a node: its service, kept while nodes behind it are replaced, for as long as ports and types stay the same. */
export class Served {
  readonly slot: NodeSlot;
  readonly #info: NodeInfo;
  readonly #types: NodeTypes;
  readonly #options: EntryOptions;
  readonly #entries = new Map<string, GraphEntry>();
  #module: ServiceModule | undefined;
  #shape: string | undefined;

  constructor(slot: NodeSlot, types: NodeTypes, options: EntryOptions) {
    this.slot = slot;
    this.#info = slot.node.info;
    this.#types = types;
    this.#options = options;
  }

  /** Made when first asked for: a node inside of a block is served to nobody. */
  get module(): ServiceModule {
    return (this.#module ??= serviceOfNode(this.slot, this.#types, this.#options));
  }

  /** Whether callers could not tell a node of this kind from the one that was there first. */
  fits(info: NodeInfo, types: NodeTypes): boolean {
    if (types === this.#types) return true;
    this.#shape ??= shapeOf(this.#info, this.#types);
    return this.#shape === shapeOf(info, types) && sameFiles(this.#types.files, types.files);
  }

  method(port: string): Method {
    return this.module.service.methods[methodLocalName(methodName(port))]!;
  }

  /** An in-port as `graph.call` enters it. */
  entry(port: string): GraphEntry {
    let entry = this.#entries.get(port);
    if (entry === undefined) this.#entries.set(port, (entry = new GraphEntry(this.slot.port(port), this.method(port))));
    return entry;
  }
}

function shapeOf({ service, kind: word, namespace, name, inputs }: NodeInfo, { kind, fields }: NodeTypes): string {
  const ports = inputs.map((port) => {
    const { request, response } = kind.portType?.(port, 'in', fields) ?? {};
    return [port, request ?? null, response ?? null];
  });
  return JSON.stringify([service, word, namespace, name ?? null, kind.idempotency ?? null, ports]);
}

/** Whether two sets of descriptors are the same, byte by byte. */
export function sameFiles(before: NodeTypes['files'], after: NodeTypes['files']): boolean {
  if (before.length !== after.length) return false;
  return before.every(({ name, bytes }, index) => {
    const other = after[index]!;
    return other.name === name && (other.bytes === bytes || Buffer.compare(other.bytes, bytes) === 0);
  });
}
