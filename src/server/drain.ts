import type { CallNode } from '../core/call.ts';
import { CancelReason } from '../core/cancel-reason.ts';
import { maxTimerMs } from '../core/deadline.ts';
import { SlotList, type Slotted } from '../core/slot-list.ts';

/** A call that was cut because it outlived the grace period. */
export interface CutCall {
  readonly path: string;
  readonly peer: string;
  readonly ageMs: number;
}

/** A call under way. */
export interface RunningCall extends Slotted {
  readonly call: CallNode;
  readonly since: number;
  readonly background: boolean;
}

/** The calls a server has under way, and waiting for them to end. */
export class RunningCalls {
  readonly #calls = new SlotList<RunningCall>();
  readonly #waiting = new Set<() => void>();
  #foreground = 0;

  add(call: CallNode, background: boolean): RunningCall {
    const running = { call, since: Date.now(), background, slot: -1 };
    this.#calls.add(running);
    if (!background) this.#foreground += 1;
    return running;
  }

  delete(running: RunningCall): void {
    if (!this.#calls.delete(running)) return;
    if (!running.background) this.#foreground -= 1;
    for (const look of this.#waiting) look();
  }

  get size(): number {
    return this.#calls.size;
  }

  /** Ends the streams that must not hold up a shutdown, such as health watches. */
  stopBackground(): void {
    for (const { call, background } of this.#calls)
      if (background) call.cancellation.cancel(new CancelReason('shutdown'));
  }

  /** Cancels the calls that the predicate is true for. */
  cancel(predicate: (call: CallNode) => boolean, reason: CancelReason): void {
    for (const { call } of this.#calls) if (predicate(call)) call.cancellation.cancel(reason);
  }

  /** Resolves when no call is left that counts, or the time is over; never rejects. */
  idle(graceMs: number): Promise<void> {
    return this.#until(() => this.#foreground === 0, graceMs);
  }

  /** Resolves when no call is left at all, or the time is over; never rejects. */
  empty(graceMs: number): Promise<void> {
    return this.#until(() => this.#calls.size === 0, graceMs);
  }

  /** Resolves when none of the calls is left that are under way now and that the predicate is true for, or the time is over. */
  async ended(predicate: (call: CallNode) => boolean, graceMs: number): Promise<boolean> {
    const left = [...this.#calls].filter(({ call }) => predicate(call));
    const done = (): boolean => {
      while (left.length > 0 && left[left.length - 1]!.slot === -1) left.pop();
      return left.length === 0;
    };
    await this.#until(done, graceMs);
    return done();
  }

  /** Cancels what is left with UNAVAILABLE and says what it was; background streams were told already. */
  cut(): CutCall[] {
    const now = Date.now();
    const left = [...this.#calls].filter(({ background }) => !background);
    return left.map(({ call, since }) => {
      const report = { path: call.method.path, peer: call.peer.address, ageMs: now - since };
      call.cancellation.cancel(new CancelReason('shutdown', 'The server was shut down before the call ended'));
      return report;
    });
  }

  async #until(done: () => boolean, graceMs: number): Promise<void> {
    if (done()) return;
    await new Promise<void>((resolve) => {
      const stop = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve();
      };
      const look = (): void => {
        if (done()) stop();
      };
      const timer = setTimeout(stop, Math.min(graceMs, maxTimerMs));
      this.#waiting.add(look);
    });
  }
}
