import { Code } from '../core/code.ts';
import { checkOptions } from '../core/options.ts';
import { StatusError } from '../core/status-error.ts';
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
  /** Packets of one process and out-port that may be unanswered. More are sent as replies come, in order. Default 64. */
  readonly window: number;
  /** Bytes of those. A packet above that goes alone. Default 4 MiB. */
  readonly windowBytes: number;
  /** Packets that may wait for such a window; more are refused. Default 10,000. */
  readonly queue: number;
  /** Bytes of those. Default 64 MiB. */
  readonly queueBytes: number;
  /** Longest that one exit hook may take, milliseconds; it has failed then. Default 10 s. */
  readonly exitMs: number;
}

export const defaultRunLimits: RunLimits = {
  packets: 10_000,
  bytes: 64 * 1024 * 1024,
  fanOut: 1_000,
  visits: 16,
  hops: 64,
  window: 64,
  windowBytes: 4 * 1024 * 1024,
  queue: 10_000,
  queueBytes: 64 * 1024 * 1024,
  exitMs: 10_000,
};

/** The limits that were given and the defaults of the rest. Refuses those that are unknown or no numbers above 0. */
export function runLimits(where: string, given: Partial<RunLimits> = {}): RunLimits {
  checkOptions(where, given, Object.keys(defaultRunLimits));
  const limits: Record<string, number> = { ...defaultRunLimits };
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    if (typeof value !== 'number' || !(value > 0))
      throw new RangeError(`Cannot use limit "${name}" ${String(value)}: wanted a number above 0`);
    limits[name] = value;
  }
  return limits as unknown as RunLimits;
}

const noPath: readonly string[] = [];

/** The budget of everything that one entering packet causes in this process, forks included that have none of their own. */
export class Run {
  readonly limits: RunLimits;
  /** Edges between processes that lie behind. */
  readonly hops: number;
  /** The last nodes that such edges left, as the caller says: for errors only. */
  readonly path: readonly string[];
  /** Set when somebody wants to know where packets went. */
  readonly trail: HopTrail | undefined;
  /** The reply that was last found to be a value: it is not looked at again on its way back. */
  checked: unknown;
  #packets = 0;
  #bytes = 0;

  constructor(
    limits: RunLimits,
    { hops = 0, path = noPath, trail }: { hops?: number; path?: readonly string[]; trail?: HopTrail | undefined } = {},
  ) {
    this.limits = limits;
    this.hops = hops;
    this.path = path;
    this.trail = trail;
  }

  /** The same run with a budget that nothing was taken of. */
  anew(): Run {
    return new Run(this.limits, this);
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
