import type { Call, Interceptor, Invoke } from '../core/context.ts';
import type { ReadonlyMetadata } from '../core/metadata.ts';
import type { Method } from '../core/method.ts';
import { checkOptions } from '../core/options.ts';
import type { Status } from '../core/status.ts';

/** A call as it passed the recorder. */
export interface RecordedCall {
  readonly method: Method;
  readonly side: 'client' | 'server';
  /** What the caller sent, with what interceptors further out added. */
  readonly metadata: ReadonlyMetadata;
  /** Messages that were read further in, in order; the objects themselves, no copies. */
  readonly requests: readonly unknown[];
  /** Messages that came from further in, in order. */
  readonly responses: readonly unknown[];
  /** Undefined while the call is under way. */
  readonly status: Status | undefined;
  /** Settles with the status. Never rejects. */
  readonly ended: Promise<Status>;
}

/** An interceptor that remembers what passed it. Put it where you want to look: inside `retry()` it sees each attempt. */
export interface Recorder extends Interceptor {
  /** In the order they started. */
  readonly calls: readonly RecordedCall[];
  /** Forgets all calls, those under way included. */
  clear(): void;
}

export interface RecorderOptions {
  /** The oldest calls make room for new ones. */
  maxCalls?: number;
  /** Messages kept of each stream, the first ones. */
  maxMessages?: number;
}

/** Makes an interceptor that remembers calls for assertions; it changes nothing, on either side and for all four kinds. */
export function recorder({ maxCalls = 1_000, maxMessages = 1_000, ...rest }: RecorderOptions = {}): Recorder {
  checkOptions('recorder', rest, ['maxCalls', 'maxMessages']);
  const calls: RecordedCall[] = [];
  return Object.assign(
    function recorder(call: Call, next: Invoke): Promise<Status> {
      if (calls.length >= maxCalls) calls.shift();
      const record = new CallRecord(call, maxMessages);
      calls.push(record);
      return record.run(call, next);
    },
    {
      calls,
      clear: () => {
        calls.length = 0;
      },
    },
  );
}

class CallRecord implements RecordedCall {
  readonly method: Method;
  readonly side: 'client' | 'server';
  readonly metadata: ReadonlyMetadata;
  readonly requests: unknown[] = [];
  readonly responses: unknown[] = [];
  status: Status | undefined;
  #ended!: Promise<Status>;
  readonly #maxMessages: number;

  constructor({ method, side, metadata }: Call, maxMessages: number) {
    this.method = method;
    this.side = side;
    this.metadata = metadata;
    this.#maxMessages = maxMessages;
  }

  get ended(): Promise<Status> {
    return this.#ended;
  }

  run(call: Call, next: Invoke): Promise<Status> {
    const watched = call.mapRequests(this.#keeper(this.requests)).mapResponses(this.#keeper(this.responses));
    this.#ended = next(watched).then((status) => {
      this.status = status;
      return status;
    });
    return this.#ended;
  }

  #keeper(list: unknown[]): (message: unknown) => unknown {
    return (message) => {
      if (list.length < this.#maxMessages) list.push(message);
      return message;
    };
  }
}
