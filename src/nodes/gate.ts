import type { Activation } from './activation.ts';
import { dropped } from './or-ended.ts';
import type { Reply } from './reply.ts';
import { edgeBehind, type Waiting } from './waiting.ts';

/** A packet that waits to be handled. */
interface Turn {
  readonly activation: Activation;
  /** Epoch milliseconds. */
  readonly at: number;
  start(): void;
  answer(reply: Reply): void;
}

/**
 * Starts the packets of one process and port in order: the next one starts when the handler of the one before first sends or
 * settles. Made only when a packet has to be held for that. As many wait as their senders may have unanswered.
 */
export class Gate implements Waiting {
  #queue: Turn[] = [];
  #open = true;

  get idle(): boolean {
    return this.#open && this.#queue.length === 0;
  }

  get size(): number {
    return this.#queue.length;
  }

  get since(): number {
    return this.#queue[0]?.at ?? Number.POSITIVE_INFINITY;
  }

  get edge(): string {
    const head = this.#queue[0];
    return head === undefined ? '' : edgeBehind(head.activation);
  }

  /** A handler is at work and has sent nothing yet. */
  close(): void {
    this.#open = false;
  }

  /** Has a packet handled in its turn. */
  enter(activation: Activation, begin: () => Reply | Promise<Reply>): Reply | Promise<Reply> {
    if (activation.owner.status === 'ended') return dropped();
    return new Promise((resolve, reject) => {
      const start = (): void => {
        try {
          resolve(begin());
        } catch (thrown) {
          reject(thrown as Error);
        }
      };
      this.#queue.push({ activation, at: Date.now(), start, answer: resolve });
      if (this.#queue.length === 1) activation.owner.waits.beginWait(this);
    });
  }

  /** The next ones may start, up to the one that closes the gate again. */
  open(): void {
    this.#open = true;
    while (this.#open) {
      const next = this.#queue.shift();
      if (next === undefined) return;
      if (this.#queue.length === 0) next.activation.owner.waits.endWait(this);
      next.start();
    }
  }

  end(reply: Error): void {
    const queue = this.#queue;
    this.#queue = [];
    for (const { answer } of queue) answer(reply);
  }
}
