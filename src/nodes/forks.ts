import type { CallNode } from '../core/call.ts';
import { CancelReason } from '../core/cancellation.ts';
import { Code } from '../core/code.ts';
import { StatusError } from '../core/status.ts';
import { Running } from './running.ts';

const maxForks = 10_000;

/** The forks at work for the nodes of one owner, so that closing can wait for them. */
export class Forks {
  readonly #calls = new Set<CallNode>();
  readonly #running = new Running();

  get size(): number {
    return this.#calls.size;
  }

  /** Starts work in a turn of its own: whoever forks goes on at once. One too many is refused with RESOURCE_EXHAUSTED. */
  add(call: CallNode, work: () => Promise<void>): void {
    if (this.size >= maxForks) throw new StatusError(Code.RESOURCE_EXHAUSTED, `${maxForks} forks run already`);
    this.#calls.add(call);
    this.#running.begin();
    const end = (): void => {
      this.#calls.delete(call);
      this.#running.end();
    };
    Promise.resolve().then(work).then(end, end);
  }

  /** Waits for all of them; those that outlive the grace period are cancelled. */
  async close(graceMs: number): Promise<void> {
    if (await this.#running.idle(graceMs)) return;
    for (const call of this.#calls) call.cancellation.cancel(new CancelReason('shutdown'));
  }
}
