import type { Cancellation } from './cancellation.ts';
import type { Context, Peer } from './context.ts';
import type { Key } from './key.ts';
import type { LateAnswer } from './late-answer.ts';
import type { Metadata, ReadonlyMetadata } from './metadata.ts';
import type { Method } from './method.ts';
import type { Status } from './status.ts';
import { TrafficCount } from './traffic.ts';

/** Where the root of a call hands its responses: a socket's stream on servers, the caller's reader on clients. */
export interface ResponseSink {
  /** Servers: what was collected for the header and not sent yet. */
  pending?: Metadata | undefined;
  header(header: Metadata): void;
  message(message: unknown): void | Promise<void>;
  /** Servers: send the header now. */
  flush?(): void;
}

/** What the root of a call is made from. */
export interface CallInit {
  method: Method;
  side: 'client' | 'server';
  /** Function forms are called on first use. */
  peer: Peer | (() => Peer);
  metadata: ReadonlyMetadata | (() => ReadonlyMetadata);
  authority?: string;
  /** Clients: what the call is part of. */
  parent?: Context;
  /** For transports that count before there is a call. */
  traffic?: TrafficCount;
  cancellation: Cancellation;
  /** When it began, epoch milliseconds, where somebody asked the clock already. */
  at?: number;
  /** The message of unary and server-streaming calls. */
  request?: unknown;
  /** The messages of the other two kinds. */
  requests?: AsyncIterable<unknown>;
  sink: ResponseSink;
  /** The call is over before it began (malformed, expired, unknown): what the innermost invoke answers. */
  refusal?: Status;
  /** Masks unknown throws: is told what was thrown, gives back the id that the caller sees. */
  report?(thrown: unknown): string;
  /** Is told of each call that is made as part of this one after its status was sent. */
  lateCall?(): void;
  /** Metadata keys, lower-case, that calls made inside this one pass on. */
  forward?: readonly string[];
}

/** What all calls derived from one root share. */
export class Exchange {
  readonly init: CallInit;
  committed = false;
  responses = 0;
  ended = false;
  final: Status | undefined;
  unawaited = 0;
  /** Its place among the calls of its channel. */
  slot = -1;
  peer: Peer | undefined;
  metadata: ReadonlyMetadata | undefined;
  /** Servers: the header as it stood when a handler first began. */
  collected: Metadata | undefined;
  /** Servers: a handler has begun. */
  begun = false;
  /** Servers: handlers that go on although the call is over, and what the latest of them answers. */
  unsettled: Promise<LateAnswer | undefined> | undefined;
  /** Values that keys make once for a call. */
  made: Map<Key<unknown>, unknown> | undefined;
  /** What observability keeps of it: the trace it is of, once somebody asked. */
  trace: object | undefined;
  /** What derived calls made that must not outlive this one. */
  derived: { close(): void }[] | undefined;
  #traffic: TrafficCount | undefined;

  constructor(init: CallInit) {
    this.init = init;
    this.#traffic = init.traffic;
  }

  get traffic(): TrafficCount {
    return (this.#traffic ??= new TrafficCount());
  }

  /** The value of a key that makes one for each call. */
  make<T>(key: Key<T>): T | undefined {
    if (key.perCall === undefined) return undefined;
    this.made ??= new Map();
    if (!this.made.has(key)) this.made.set(key, key.perCall());
    return this.made.get(key) as T;
  }
}
