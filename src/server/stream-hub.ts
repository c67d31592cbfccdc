import { Code } from '../core/code.ts';
import type { HandlerContext } from '../core/context.ts';
import { checkOptions } from '../core/options.ts';
import { StatusError } from '../core/status-error.ts';
import { HubStream, type HubStreamInit } from './hub-stream.ts';

export type { HubStream } from './hub-stream.ts';

export interface StreamHubOptions {
  /** Messages that may wait for the reader of one stream. Default 64. */
  capacity?: number;
  /** What happens to a stream whose reader is too slow: `end` ends it with RESOURCE_EXHAUSTED, `drop-oldest` leaves messages out. Default `end`. */
  overflow?: 'drop-oldest' | 'end';
}

export interface StreamHubStats {
  /** Streams that are open. */
  readonly streams: number;
  /** Messages put in line, once for each stream. */
  readonly sent: number;
  /** Messages that a slow reader did not get. */
  readonly dropped: number;
}

/** Sends messages to open streams from anywhere in the process: to one client, to all, or to some. */
export interface StreamHub<T> extends AsyncDisposable {
  /**
   * What a handler of a server-streaming or bidi method returns: the messages sent from now on, until the call or the hub ends. Given
   * the requests of a bidi call, each is handed to `onMessage`, one after the other, and their end is that of the stream.
   */
  subscribe(context: HandlerContext): HubStream<T>;
  subscribe<In>(
    context: HandlerContext,
    requests: AsyncIterable<In>,
    onMessage: (message: In, stream: HubStream<T>) => void | Promise<void>,
  ): HubStream<T>;
  /** To the streams of one session; gives how many took it: 0 when it has none. */
  send(sessionId: string, message: T): number;
  /** To all streams, or to those that the predicate is true for; gives how many took it. All get the same object: do not change it. */
  broadcast(message: T, where?: (stream: HubStream<T>) => boolean): number;
  readonly stats: StreamHubStats;
  /** Ends all streams with OK once they were read; new ones get UNAVAILABLE. */
  close(): Promise<void>;
}

/** Makes a hub. It holds nothing but the streams that are open. */
export function streamHub<T>({ capacity = 64, overflow = 'end', ...rest }: StreamHubOptions = {}): StreamHub<T> {
  checkOptions('streamHub', rest, ['capacity', 'overflow']);
  if (!Number.isInteger(capacity) || capacity < 1)
    throw new RangeError(`Cannot use capacity ${String(capacity)}: wanted a whole number, 1 or above`);
  if (overflow !== 'end' && overflow !== 'drop-oldest')
    throw new TypeError(`Cannot use overflow ${JSON.stringify(overflow)}: wanted "end" or "drop-oldest"`);
  return new Hub<T>(capacity, overflow);
}

class Hub<T> implements StreamHub<T> {
  readonly #streams = new Set<HubStream<T>>();
  readonly #bySession = new Map<string, Set<HubStream<T>>>();
  readonly #init: HubStreamInit<T>;
  #closed = false;
  #sent = 0;
  #dropped = 0;

  constructor(capacity: number, overflow: 'drop-oldest' | 'end') {
    this.#init = {
      capacity,
      overflow,
      onDrop: () => {
        this.#dropped += 1;
      },
      onEnd: (stream) => this.#remove(stream),
    };
  }

  get stats(): StreamHubStats {
    return { streams: this.#streams.size, sent: this.#sent, dropped: this.#dropped };
  }

  subscribe<In>(
    context: HandlerContext,
    requests?: AsyncIterable<In>,
    onMessage?: (message: In, stream: HubStream<T>) => void | Promise<void>,
  ): HubStream<T> {
    if (this.#closed) throw new StatusError(Code.UNAVAILABLE, 'The hub of this stream was closed');
    const stream = new HubStream<T>(context, this.#init);
    if (!stream.ended) this.#add(stream);
    if (requests !== undefined && onMessage !== undefined) void read(requests, stream, onMessage);
    return stream;
  }

  send(sessionId: string, message: T): number {
    return this.#deliver(this.#bySession.get(sessionId) ?? [], message);
  }

  broadcast(message: T, where?: (stream: HubStream<T>) => boolean): number {
    return this.#deliver(where === undefined ? this.#streams : [...this.#streams].filter(where), message);
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const stream of [...this.#streams]) stream.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #deliver(streams: Iterable<HubStream<T>>, message: T): number {
    let took = 0;
    for (const stream of streams) if (stream.send(message)) took += 1;
    this.#sent += took;
    return took;
  }

  #add(stream: HubStream<T>): void {
    this.#streams.add(stream);
    const id = stream.session?.id;
    if (id === undefined) return;
    const own = this.#bySession.get(id);
    if (own === undefined) this.#bySession.set(id, new Set([stream]));
    else own.add(stream);
  }

  #remove(stream: HubStream<T>): void {
    this.#streams.delete(stream);
    const id = stream.session?.id;
    const own = id === undefined ? undefined : this.#bySession.get(id);
    own?.delete(stream);
    if (id !== undefined && own?.size === 0) this.#bySession.delete(id);
  }
}

/** Hands on what a caller sends until it stops, or the stream ends for another reason. */
async function read<In, T>(
  requests: AsyncIterable<In>,
  stream: HubStream<T>,
  onMessage: (message: In, stream: HubStream<T>) => void | Promise<void>,
): Promise<void> {
  try {
    for await (const message of requests) {
      if (stream.ended) return;
      await onMessage(message, stream);
    }
    stream.end();
  } catch (thrown) {
    stream.end(thrown);
  }
}
