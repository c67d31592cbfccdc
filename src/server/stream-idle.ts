import type { CallNode, ResponseSink } from '../core/call.ts';
import { busyKey } from '../core/call-keys.ts';
import { CancelReason } from '../core/cancel-reason.ts';
import { maxTimerMs } from '../core/deadline.ts';
import type { Session } from '../core/session.ts';

/**
 * Ends a stream that carried no message in either direction for too long, and lets its session know of those it carried. One timer
 * a stream, none a message.
 */
export class StreamIdle {
  readonly #idleMs: number;
  readonly #session: Session | undefined;
  #last = Date.now();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Undefined where there is nothing to watch for. */
  static of(idleMs: number, session: Session | undefined): StreamIdle | undefined {
    return idleMs === Number.POSITIVE_INFINITY && session === undefined ? undefined : new StreamIdle(idleMs, session);
  }

  private constructor(idleMs: number, session: Session | undefined) {
    this.#idleMs = idleMs;
    this.#session = session;
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
        this.#touch();
        return inner.message(message);
      },
      flush: () => inner.flush?.(),
    };
  }

  requests(inner: AsyncIterable<unknown> | undefined): AsyncIterable<unknown> | undefined {
    if (inner === undefined) return undefined;
    const touch = (): void => this.#touch();
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
    if (this.#idleMs === Number.POSITIVE_INFINITY) return;
    const check = (): void => {
      if (call.get(busyKey)!.count > 0) this.#touch();
      const left = this.#last + this.#idleMs - Date.now();
      if (left <= 0) call.cancellation.cancel(new CancelReason('limit', `No message for ${this.#idleMs} ms`));
      else this.#timer = setTimeout(check, Math.min(left, maxTimerMs)).unref();
    };
    this.#timer = setTimeout(check, Math.min(this.#idleMs, maxTimerMs)).unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #touch(): void {
    this.#last = Date.now();
    this.#session?.touch(this.#last);
  }
}
