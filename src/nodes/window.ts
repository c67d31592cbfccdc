import { Code } from '../core/code.ts';
import { isPromise } from '../core/requests.ts';
import { StatusError } from '../core/status-error.ts';
import type { Activation } from './activation.ts';
import type { Packet } from './packet.ts';
import type { Reply } from './reply.ts';
import { edgeAhead, type Waiting } from './waiting.ts';

/** A packet that waits until it may be sent. */
interface Turn {
  readonly bytes: number;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly activation: Activation;
  readonly port: string;
  start(): void;
  answer(reply: Reply): void;
}

/**
 * The packets of one process and out-port that are not answered yet: only so many, and so many bytes, are under way; those
 * behind them wait, and are sent in order. Too many that wait are refused.
 */
export class Window implements Waiting {
  #queue: Turn[] = [];
  #unanswered = 0;
  #bytes = 0;
  #queuedBytes = 0;
  #ready: (() => void)[] = [];

  get size(): number {
    return this.#queue.length;
  }

  get since(): number {
    return this.#queue[0]?.at ?? Number.POSITIVE_INFINITY;
  }

  get edge(): string {
    const head = this.#queue[0];
    return head === undefined ? '' : edgeAhead(head.activation, head.port);
  }

  /** Whether a packet may be sent at once. One that is larger than the window goes alone. */
  admits(bytes: number, { run }: Activation): boolean {
    return this.#queue.length === 0 && this.#fits(bytes, run.limits);
  }

  take(bytes: number): void {
    this.#unanswered += 1;
    this.#bytes += bytes;
  }

  /** A packet is answered: the next ones may go. */
  free(bytes: number): void {
    this.#unanswered -= 1;
    this.#bytes -= bytes;
    for (let head = this.#queue[0]; head !== undefined; head = this.#queue[0]) {
      if (!this.#fits(head.bytes, head.activation.run.limits)) return;
      this.#queue.shift();
      this.#queuedBytes -= head.bytes;
      if (this.#queue.length === 0) head.activation.owner.waits.endWait(this);
      head.start();
    }
    if (this.#ready.length > 0) this.#letGo();
  }

  end(reply: Error): void {
    const queue = this.#queue;
    this.#queue = [];
    this.#queuedBytes = 0;
    for (const { answer } of queue) answer(reply);
    this.#letGo();
  }

  /** Sends a packet in its turn. RESOURCE_EXHAUSTED when too many wait already. */
  enter(packet: Packet, activation: Activation, carry: () => Reply | Promise<Reply>): Reply | Promise<Reply> {
    const { port = '', bytes = 0 } = packet;
    const { queue, queueBytes } = activation.run.limits;
    if (this.#queue.length >= queue) return tooMany(activation, port, `${queue} packets`);
    if (this.#queuedBytes + bytes > queueBytes) return tooMany(activation, port, `${queueBytes} bytes`);
    return new Promise((resolve) => {
      const start = (): void => {
        const reply = activation.call.cancellation.reason ?? carry();
        resolve(reply);
        if (!isPromise(reply)) return;
        const free = (): void => this.free(bytes);
        this.take(bytes);
        reply.then(free, free);
      };
      this.#queuedBytes += bytes;
      this.#queue.push({ bytes, at: Date.now(), activation, port, start, answer: resolve });
      if (this.#queue.length === 1) activation.owner.waits.beginWait(this);
    });
  }

  /** Resolves once a packet that is sent would not wait, or is not sent at all. */
  ready(activation: Activation): Promise<void> {
    if (activation.owner.status === 'ended' || this.admits(0, activation)) return Promise.resolve();
    return new Promise((resolve) => {
      this.#ready.push(resolve);
    });
  }

  #letGo(): void {
    const ready = this.#ready;
    this.#ready = [];
    for (const resolve of ready) resolve();
  }

  #fits(bytes: number, { window, windowBytes }: Activation['run']['limits']): boolean {
    return this.#unanswered === 0 || (this.#unanswered < window && this.#bytes + bytes <= windowBytes);
  }
}

function tooMany(activation: Activation, port: string, what: string): StatusError {
  return new StatusError(
    Code.RESOURCE_EXHAUSTED,
    `Edge "${edgeAhead(activation, port)}" holds ${what} that wait to be sent already`,
  );
}
