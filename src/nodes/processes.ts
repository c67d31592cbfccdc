import type { CancelReason } from '../core/cancel-reason.ts';
import { SlotList } from '../core/slot-list.ts';
import type { Node } from './node.ts';
import type { Process } from './process.ts';
import { describeProcess, type ProcessInfo } from './process-info.ts';
import { Running } from './running.ts';

export type { ProcessInfo };

const maxEnded = 10_000;

/** The processes of a graph, from their first packet to the end of their exit hooks; forks are processes, too. */
export class Processes implements Iterable<Process> {
  readonly #all = new SlotList<Process>();
  readonly #waited = new Running();
  #keepEnded = 0;
  #ended: ProcessInfo[] = [];

  /** Processes under way, forks included. */
  get size(): number {
    return this.#all.size;
  }

  /** Those that somebody waits for: all but forks. */
  get waited(): number {
    return this.#waited.count;
  }

  add(process: Process): void {
    this.#all.add(process);
    if (process.parent === undefined) this.#waited.begin();
    process.entry.begin();
  }

  delete(process: Process): void {
    if (!this.#all.delete(process)) return;
    if (this.#keepEnded > 0) this.#remember(process);
    process.entry.end();
    for (const node of process.entered) node.end();
    if (process.parent === undefined) this.#waited.end();
  }

  /** Oldest first is not promised. */
  [Symbol.iterator](): Iterator<Process> {
    return this.#all[Symbol.iterator]();
  }

  /** Those under way, the oldest first, and after them those that ended, as far as they are kept: the one that ended last is the last. */
  list(): ProcessInfo[] {
    const running = [...this].map((process) => describeProcess(process));
    return [...running.sort((a, b) => a.startedAt - b.startedAt), ...this.#kept()];
  }

  /** How many of the processes that ended `list` gives, 0 (the default) to 10,000. Each of them costs a little. */
  get keepEnded(): number {
    return this.#keepEnded;
  }

  set keepEnded(count: number) {
    if (!Number.isInteger(count) || count < 0 || count > maxEnded)
      throw new RangeError(`Cannot keep ${String(count)} ended processes: wanted a whole number from 0 to ${maxEnded}`);
    this.#keepEnded = count;
    this.#ended = this.#kept();
  }

  /** Looks through all of them: for people, not for packets. */
  get(id: string): Process | undefined {
    for (const process of this.#all) if (process.id === id) return process;
    return undefined;
  }

  /**
   * Ends a process early: its call, and with it whatever the process waits for. What takes part in it for other runtimes here has the same id
   * and ends, too. False when there is no such process.
   */
  cancel(id: string, reason: CancelReason): boolean {
    let found = false;
    for (const process of this) {
      if (process.id !== id) continue;
      process.call.cancellation.cancel(reason);
      found = true;
    }
    return found;
  }

  /** Ends those early that came in at one of these nodes; left out: all. */
  cancelAll(reason: (process: Process) => CancelReason, entries?: ReadonlySet<Node>): void {
    for (const process of this) {
      if (entries === undefined || cameInAt(process, entries)) process.call.cancellation.cancel(reason(process));
    }
  }

  /** Resolves when nobody waits for any process, or after the grace period; says whether all of them ended. */
  idle(graceMs: number): Promise<boolean> {
    return this.#waited.idle(graceMs);
  }

  #kept(): ProcessInfo[] {
    return this.#keepEnded === 0 ? [] : this.#ended.slice(-this.#keepEnded);
  }

  #remember(process: Process): void {
    this.#ended.push(describeProcess(process, Date.now()));
    // Dropped in bulk: a list shifted for each process that ends would cost its length.
    if (this.#ended.length >= 2 * this.#keepEnded) this.#ended = this.#kept();
  }
}

function cameInAt({ entry, entered }: Process, nodes: ReadonlySet<Node>): boolean {
  if (nodes.has(entry)) return true;
  for (const node of entered) if (nodes.has(node)) return true;
  return false;
}
