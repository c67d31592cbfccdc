import type { CallNode } from '../core/call.ts';
import { CancelReason } from '../core/cancel-reason.ts';
import { Code } from '../core/code.ts';
import { StatusError } from '../core/status-error.ts';
import { Running } from './running.ts';

const maxForks = 10_000;

/** The forks at work for the nodes of one owner, so that closing can wait for them. */
export class Forks {
  readonly #calls = new Set<CallNode>();
  readonly #running = new Running();

  get size(): number {
    return this.#calls.size;
  }

  /** RESOURCE_EXHAUSTED when one more would be too many. */
  check(): void {
    if (this.size >= maxForks) throw new StatusError(Code.RESOURCE_EXHAUSTED, `${maxForks} forks run already`);
  }

  /** Starts work in a turn of its own: whoever forks goes on at once. Gives what it gives. */
  add<T>(call: CallNode, work: () => Promise<T>): Promise<T> {
    this.#calls.add(call);
    this.#running.begin();
    const end = (): void => {
      this.#calls.delete(call);
      this.#running.end();
    };
    const done = Promise.resolve().then(work);
    done.then(end, end);
    return done;
  }

  /** Waits for all of them; those that outlive the grace period are cancelled. */
  async close(graceMs: number): Promise<void> {
    if (await this.#running.idle(graceMs)) return;
    for (const call of this.#calls) call.cancellation.cancel(new CancelReason('shutdown'));
  }
}
