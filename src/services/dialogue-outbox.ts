import { Queue } from '../core/queue.ts';
import type { FrameKind, RawFrame } from './dialogue-frame.ts';

/** Frames that may wait for the transport before senders are asked to wait too. */
const capacity = 64;

/** Frames that wait at most; requests and notifications beyond are refused. */
const maxWaiting = 1_024;

/**
 * The frames that one side has yet to send: what its call takes as the stream of messages. Answers are counted apart: a side stops
 * reading when it has too many of them, and never because of what it says itself, or two sides could wait for each other.
 */
export class Outbox implements AsyncIterableIterator<RawFrame> {
  readonly #queue = new Queue<RawFrame>({ capacity });
  readonly #maxAnswers: number;
  readonly #onDrained: () => void;
  #answers = 0;
  #calm: { readonly promise: Promise<void>; resolve(): void } | undefined;
  #ended = false;

  /** `onDrained` is called once all was taken after `end`, or the transport takes no more. */
  constructor(maxAnswers: number, onDrained: () => void) {
    this.#maxAnswers = maxAnswers;
    this.#onDrained = onDrained;
  }

  /** Frames that wait. */
  get size(): number {
    return this.#queue.size;
  }

  get full(): boolean {
    return this.size >= maxWaiting;
  }

  /** Puts a frame in line; a promise is back-pressure. Ignored after the end. */
  push(kind: FrameKind): void | Promise<void> {
    return this.#queue.push({ kind });
  }

  /** Puts an answer in line; a promise means: read no more until it resolves. */
  answer(frame: RawFrame): void | Promise<void> {
    if (this.#ended) return undefined;
    this.#answers += 1;
    void this.#queue.push(frame);
    if (this.#answers <= this.#maxAnswers) return undefined;
    if (this.#calm === undefined) {
      let resolve!: () => void;
      const promise = new Promise<void>((settle) => {
        resolve = settle;
      });
      this.#calm = { promise, resolve };
    }
    return this.#calm.promise;
  }

  /** What is in line is still sent. */
  end(): void {
    this.#ended = true;
    this.#release();
    this.#queue.end();
  }

  async next(): Promise<IteratorResult<RawFrame>> {
    const result = await this.#queue.next();
    if (result.done) this.#onDrained();
    else if (isAnswer(result.value)) {
      this.#answers -= 1;
      if (this.#answers <= this.#maxAnswers) this.#release();
    }
    return result;
  }

  return(): Promise<IteratorResult<RawFrame>> {
    this.#ended = true;
    this.#release();
    this.#onDrained();
    return this.#queue.return();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #release(): void {
    this.#calm?.resolve();
    this.#calm = undefined;
  }
}

function isAnswer({ kind }: RawFrame): boolean {
  return kind?.case === 'response' || kind?.case === 'error' || (kind?.case === 'heartbeat' && kind.value.ack);
}
