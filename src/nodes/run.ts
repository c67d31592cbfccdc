import { Code } from '../core/code.ts';
import { StatusError } from '../core/status.ts';
import type { HopTrail } from './hop.ts';

/** What one packet that enters a graph may set in motion. */
export interface RunLimits {
  /** Packets sent along edges in all. Default 10,000. */
  readonly packets: number;
  /** Bytes of their payloads in all, as measured. Default 64 MiB. */
  readonly bytes: number;
  /** Packets that one call of a node may send. Default 1,000. */
  readonly fanOut: number;
  /** Visits of one node in one causal path. Default 16. */
  readonly visits: number;
  /** Edges between processes in one causal path. Default 64. */
  readonly hops: number;
}

export const defaultRunLimits: RunLimits = {
  packets: 10_000,
  bytes: 64 * 1024 * 1024,
  fanOut: 1_000,
  visits: 16,
  hops: 64,
};

/** The budget of everything that one entering packet causes in this process, forks included. */
export class Run {
  readonly limits: RunLimits;
  /** Edges between processes that lie behind. */
  readonly hops: number;
  /** Set when somebody wants to know where packets went. */
  readonly trail: HopTrail | undefined;
  /** The reply that was last found to be a value: it is not looked at again on its way back. */
  checked: unknown;
  #packets = 0;
  #bytes = 0;

  constructor(limits: RunLimits, { hops = 0, trail }: { hops?: number; trail?: HopTrail | undefined } = {}) {
    this.limits = limits;
    this.hops = hops;
    this.trail = trail;
  }

  /** Takes packets of a size out of the budget; gives the error once it is used up, naming the node that sent too much. */
  spend(count: number, bytesEach: number, sender: string): StatusError | undefined {
    this.#packets += count;
    this.#bytes += count * bytesEach;
    const { packets, bytes } = this.limits;
    if (this.#packets > packets) return exhausted(sender, `more than ${packets} packets in one run`);
    if (this.#bytes > bytes) return exhausted(sender, `more than ${bytes} bytes in one run`);
    return undefined;
  }
}

/** The error of a node that sent too much. */
export function exhausted(sender: string, what: string): StatusError {
  return new StatusError(Code.RESOURCE_EXHAUSTED, `Node "${sender}" sent ${what}`);
}
