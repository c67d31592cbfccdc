import { Code } from '../core/code.ts';
import { StatusError } from '../core/status-error.ts';
import type { InPort } from './in-port.ts';
import { Node } from './node.ts';

/** Where a node's place in a graph begins: whoever enters asks it for the node of now, so that one can take another's place. */
export class NodeSlot {
  #node: Node;
  readonly #ports = new Map<string, PortSlot>();

  constructor(node: Node) {
    this.#node = node;
  }

  get node(): Node {
    return this.#node;
  }

  /** Entered from now on; processes under way keep the node they began with. */
  set node(node: Node) {
    this.#node = node;
    for (const [name, slot] of this.#ports) slot.port = node.input(name) ?? slot.port;
  }

  /** Whoever still comes in is told that the node is gone. */
  close(): void {
    const { info, host } = this.#node;
    const process = (): never => {
      throw new StatusError(Code.UNAVAILABLE, `Node "${info.service}" is gone`);
    };
    this.node = new Node(info, { process }, host);
  }

  /** The way in by an in-port of the node, whichever node it is by then. */
  port(name: string): PortSlot {
    let slot = this.#ports.get(name);
    if (slot === undefined) this.#ports.set(name, (slot = { port: this.#node.input(name)! }));
    return slot;
  }
}

/** An in-port that may become that of another node. */
export interface PortSlot {
  port: InPort;
}
