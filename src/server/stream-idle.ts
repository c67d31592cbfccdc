import type { CallNode, ResponseSink } from '../core/call.ts';
import { CancelReason } from '../core/cancellation.ts';
import { maxTimerMs } from '../core/deadline.ts';

/** Ends a stream that carried no message in either direction for too long. One timer a stream, none a message. */
export class StreamIdle {
  readonly #idleMs: number;
  #last = Date.now();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(idleMs: number) {
    this.#idleMs = idleMs;
  }

  sink(inner: ResponseSink): ResponseSink {
    return {
      get pending() {
        return inner.pending;
      },
      set pending(header) {
        inner.pending = header;
      },
      header: (header) => inner.header(header),
      message: (message) => {
        this.#last = Date.now();
        return inner.message(message);
      },
      flush: () => inner.flush?.(),
    };
  }

  requests(inner: AsyncIterable<unknown> | undefined): AsyncIterable<unknown> | undefined {
    if (inner === undefined) return undefined;
    const touch = (): void => {
      this.#last = Date.now();
    };
    return {
      [Symbol.asyncIterator]() {
        const iterator = inner[Symbol.asyncIterator]();
        return {
          next: () => {
            const next = iterator.next();
            next.then(touch, () => {});
            return next;
          },
          return: () => iterator.return?.() ?? Promise.resolve({ done: true, value: undefined }),
        };
      },
    };
  }

  start(call: CallNode): void {
    const check = (): void => {
      const left = this.#last + this.#idleMs - Date.now();
      if (left <= 0) call.cancellation.cancel(new CancelReason('limit', `No message for ${this.#idleMs} ms`));
      else this.#timer = setTimeout(check, Math.min(left, maxTimerMs)).unref();
    };
    this.#timer = setTimeout(check, Math.min(this.#idleMs, maxTimerMs)).unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
