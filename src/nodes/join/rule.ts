import { Code } from '../../core/code.ts';
import { StatusError } from '../../core/status-error.ts';
import { none, type Reply } from '../reply.ts';

export type JoinMode = 'inner' | 'outer' | 'any' | 'k';

/** Stands for what has not come. */
export const absent: unique symbol = Symbol('absent');

/** When so many parts are together, and what they make. */
export class JoinRule {
  readonly mode: JoinMode;
  /** Parts that there are. */
  readonly count: number;
  /** Parts that are enough. */
  readonly needed: number;

  constructor(mode: JoinMode, count: number, k = 1) {
    this.mode = mode;
    this.count = count;
    this.needed = mode === 'any' ? 1 : mode === 'k' ? Math.min(k, count) : count;
  }

  /** Whether the result is there, with so many that came and so many that never will. */
  isOver(came: number, failed: number): boolean {
    if (this.mode === 'outer') return came + failed >= this.count;
    return came >= this.needed;
  }

  /** Whether enough can not come any more. */
  isHopeless(failed: number): boolean {
    return this.mode === 'outer' ? failed >= this.count : failed > this.count - this.needed;
  }

  /** The first that came (any), those that came in their order (k), or all in their places with null for what is absent. */
  result(parts: readonly Reply[]): Reply {
    const came = parts.filter((part) => part !== absent);
    if (this.mode === 'any') return came[0];
    const list = this.mode === 'k' ? came : parts;
    return list.map((part) => (part === absent || part === none ? null : part));
  }

  /** What is said when the window closes; undefined when what came by then is the result. */
  late(came: number, windowMs: number): StatusError | undefined {
    if (this.mode === 'outer' && came > 0) return undefined;
    return new StatusError(
      Code.DEADLINE_EXCEEDED,
      `${came} of ${this.count} came within ${windowMs} ms: wanted ${this.mode === 'outer' ? 1 : this.needed}`,
    );
  }
}
