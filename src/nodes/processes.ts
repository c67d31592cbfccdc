import type { CancelReason } from '../core/cancellation.ts';
import { SlotList } from '../core/slot-list.ts';
import type { Process } from './process.ts';

/** The processes of a graph, from their first packet to the end of their exit hooks; forks are processes, too. */
export class Processes implements Iterable<Process> {
  readonly #all = new SlotList<Process>();
  #waited = 0;
  #idle: (() => void)[] = [];

  /** Processes under way, forks included. */
  get size(): number {
    return this.#all.size;
  }

  /** Those that somebody waits for: all but forks. */
  get waited(): number {
    return this.#waited;
  }

  add(process: Process): void {
    this.#all.add(process);
    if (process.parent === undefined) this.#waited += 1;
    process.entry.begin();
  }

  delete(process: Process): void {
    if (!this.#all.delete(process)) return;
    process.entry.end();
    if (process.parent !== undefined) return;
    this.#waited -= 1;
    if (this.#waited > 0 || this.#idle.length === 0) return;
    const idle = this.#idle;
    this.#idle = [];
    for (const resolve of idle) resolve();
  }

  /** Oldest first is not promised. */
  [Symbol.iterator](): Iterator<Process> {
    return this.#all[Symbol.iterator]();
  }

  /** Looks through all of them: for people, not for packets. */
  get(id: string): Process | undefined {
    for (const process of this.#all) if (process.id === id) return process;
    return undefined;
  }

  /** Ends a process early: its call, and with it whatever the process waits for. False when there is no such process. */
  cancel(id: string, reason: CancelReason): boolean {
    const process = this.get(id);
    process?.call.cancellation.cancel(reason);
    return process !== undefined;
  }

  /** Resolves when nobody waits for any process, or after the grace period; says whether all of them ended. */
  async idle(graceMs: number): Promise<boolean> {
    if (this.#waited === 0) return true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((resolve) => {
      this.#idle.push(resolve);
      timer = setTimeout(resolve, graceMs);
    });
    clearTimeout(timer);
    return this.#waited === 0;
  }
}
