import { checkOptions } from '../core/options.ts';
import type { Activation } from '../nodes/activation.ts';
import { matchPort } from '../nodes/names.ts';

/** Where packets are held: what is stated must hold, all of it. Without a port, packets are held as they arrive, and those of sources as they leave. */
export interface BreakpointInit {
  /** Id of a process. */
  readonly process?: string;
  /** Service, name or id of a node. */
  readonly node?: string;
  /** Hold packets that arrive by it; beside `outPort`, those that are sent for a packet that did. */
  readonly inPort?: string;
  /** Hold packets that leave by it. */
  readonly outPort?: string;
}

export interface Breakpoint extends BreakpointInit {
  /** Counts up from 1. */
  readonly id: number;
  /** Packets that it has held. */
  readonly hits: number;
}

/** The breakpoints of one debugger. */
export class Breakpoints {
  readonly #max: number;
  readonly #all = new Map<number, Breakpoint>();
  #made = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#all.size;
  }

  [Symbol.iterator](): Iterator<Breakpoint> {
    return this.#all.values();
  }

  add(init: BreakpointInit): Breakpoint {
    checkOptions('breakpoint', init, ['process', 'node', 'inPort', 'outPort']);
    if (this.#all.size >= this.#max)
      throw new RangeError(`Cannot set a breakpoint: there are ${this.#max} already, wanted at most as many`);
    const breakpoint = { ...init, id: ++this.#made, hits: 0 };
    this.#all.set(breakpoint.id, breakpoint);
    return breakpoint;
  }

  /** The ids of those removed: this one, or all of them. */
  remove(id?: number): number[] {
    const ids = id === undefined ? [...this.#all.keys()] : [id];
    return ids.filter((one) => this.#all.delete(one));
  }

  /** The first one that means a packet. */
  meant(at: Activation, outPort: string | undefined): Breakpoint | undefined {
    for (const breakpoint of this.#all.values()) if (isMeant(breakpoint, at, outPort)) return breakpoint;
    return undefined;
  }

  hit(id: number): void {
    const breakpoint = this.#all.get(id);
    if (breakpoint !== undefined) this.#all.set(id, { ...breakpoint, hits: breakpoint.hits + 1 });
  }
}

/** Whether a packet that arrives, or leaves by `outPort`, is one that a breakpoint means. */
function isMeant(wanted: BreakpointInit, at: Activation, outPort: string | undefined): boolean {
  const { node } = at;
  if (wanted.node !== undefined && ![node.service, node.name, node.id].includes(wanted.node)) return false;
  if (wanted.inPort !== undefined && !isPort(wanted.inPort, at.port, node.inputs)) return false;
  if (wanted.process !== undefined && wanted.process !== at.owner.id) return false;
  if (wanted.outPort !== undefined) return outPort !== undefined && isPort(wanted.outPort, outPort, node.outputs);
  return outPort === undefined || (at.port === '' && wanted.inPort === undefined);
}

function isPort(wanted: string, port: string, ports: readonly string[]): boolean {
  return wanted === port || matchPort(ports, wanted) === port;
}
