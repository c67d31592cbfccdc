import type { CallNode } from '../core/call.ts';
import { CancelReason } from '../core/cancellation.ts';

/** A call that was cut because it outlived the grace period. */
export interface CutCall {
  readonly path: string;
  readonly peer: string;
  readonly ageMs: number;
}

/** The calls a server has under way, and waiting for them to end. */
export class RunningCalls {
  readonly #calls = new Map<CallNode, { since: number; background: boolean }>();
  #idle: (() => void)[] = [];

  add(call: CallNode, background: boolean): void {
    this.#calls.set(call, { since: Date.now(), background });
  }

  delete(call: CallNode): void {
    this.#calls.delete(call);
    if (this.#idle.length > 0 && this.#foreground === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  get size(): number {
    return this.#calls.size;
  }

  get #foreground(): number {
    let count = 0;
    for (const { background } of this.#calls.values()) if (!background) count += 1;
    return count;
  }

  /** Ends the streams that must not hold up a shutdown, such as health watches. */
  stopBackground(): void {
    for (const [call, { background }] of this.#calls)
      if (background) call.cancellation.cancel(new CancelReason('shutdown'));
  }

  /** Resolves when no call is left that counts, or the time is over; never rejects. */
  async idle(graceMs: number): Promise<void> {
    if (this.#foreground === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.min(graceMs, 2_147_483_647));
      this.#idle.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** Cancels what is left with UNAVAILABLE and says what it was. */
  cut(): CutCall[] {
    const now = Date.now();
    return [...this.#calls].map(([call, { since }]) => {
      const report = { path: call.method.path, peer: call.peer.address, ageMs: now - since };
      call.cancellation.cancel(new CancelReason('shutdown', 'The server was shut down before the call ended'));
      return report;
    });
  }
}
