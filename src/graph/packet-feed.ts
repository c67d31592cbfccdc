import type { Packet } from '../nodes/packet.ts';
import type { Reply } from '../nodes/reply.ts';

/** A packet on a stream, until somebody is told what became of it. */
export interface Sent {
  readonly packet: Packet;
  /** As the stream's requests are. */
  readonly message: unknown;
  settle(reply: Reply): void;
}

/**
 * The requests of one stream: packets in the order they were sent, so many at a time without an answer. Ends with the stream when nobody
 * sends any more.
 */
export class PacketFeed implements AsyncIterableIterator<unknown> {
  readonly #window: number;
  #waiting: Sent[] = [];
  #unanswered: Sent[] = [];
  #pull: ((next: IteratorResult<unknown>) => void) | undefined;
  #closed = false;

  constructor(window: number) {
    this.#window = window;
  }

  push(sent: Sent): void {
    this.#waiting.push(sent);
    this.#advance();
  }

  /** Takes a packet back that was not sent yet; false when it was. */
  withdraw(sent: Sent): boolean {
    const at = this.#waiting.indexOf(sent);
    if (at >= 0) this.#waiting.splice(at, 1);
    return at >= 0;
  }

  /** A reply has come: whose it is. Undefined when nobody asked for it. */
  answered(): Sent | undefined {
    const sent = this.#unanswered.shift();
    this.#advance();
    return sent;
  }

  /** Nothing more is sent behind what waits already. */
  close(): void {
    this.#closed = true;
    this.#advance();
  }

  /** The stream is over: those that were sent and have no answer, and those that were never sent. */
  end(): { unanswered: readonly Sent[]; unsent: readonly Sent[] } {
    const [unanswered, unsent] = [this.#unanswered, this.#waiting];
    this.#unanswered = [];
    this.#waiting = [];
    this.close();
    return { unanswered, unsent };
  }

  next(): Promise<IteratorResult<unknown>> {
    return new Promise((resolve) => {
      this.#pull = resolve;
      this.#advance();
    });
  }

  return(): Promise<IteratorResult<unknown>> {
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #advance(): void {
    const pull = this.#pull;
    if (pull === undefined) return;
    const next = this.#unanswered.length < this.#window ? this.#waiting.shift() : undefined;
    if (next !== undefined) {
      this.#unanswered.push(next);
      this.#pull = undefined;
      pull({ done: false, value: next.message });
    } else if (this.#closed && this.#waiting.length === 0) {
      this.#pull = undefined;
      pull({ done: true, value: undefined });
    }
  }
}
