import type { Key } from './key.ts';
import type { LateAnswer } from './late-answer.ts';
import type { Metadata, ReadonlyMetadata } from './metadata.ts';
import type { Method } from './method.ts';
import type { Session } from './session.ts';
import type { Status } from './status.ts';
import type { Traffic } from './traffic.ts';

/** Who a TLS peer proved to be. Filled only when its certificate was verified. */
export interface PeerIdentity {
  /** Common name of the certificate's subject. */
  readonly subject: string;
  /** Subject alternative names as `DNS:…`, `URI:…`, `IP Address:…`. */
  readonly names: readonly string[];
  /** SHA-256 of the certificate, hexadecimal pairs joined by colons. */
  readonly fingerprint: string;
}

export interface Peer {
  /** `127.0.0.1:50051`, `unix:/run/a.sock`, `in-process`, or `unknown`. */
  readonly address: string;
  readonly identity?: PeerIdentity;
  /**
   * `tls`: encrypted. `local`: in process, a Unix socket, or loopback: nothing leaves this machine. `none`, which left out stands
   * for: others may read along. Clients know it of the target before they connect.
   */
  readonly security?: 'tls' | 'local' | 'none';
  /** Servers: the connection the call came over. None in process, nor on clients. */
  readonly session?: Session;
}

/** What is known of a call on either side. */
export interface Context {
  /** `known === false` for a path that nobody registered. */
  readonly method: Method;
  readonly side: 'client' | 'server';
  readonly peer: Peer;
  /** Servers: `:authority` as the caller sent it. Clients: what the channel was told to send instead of its target. */
  readonly authority?: string;
  /** Absolute, epoch milliseconds, the effective value; `Infinity` when nobody bounds the call. */
  readonly deadline: number;
  /** Aborts on real cancellation only, never because the call ended; its `reason` is a `CancelReason`. */
  readonly signal: AbortSignal;
  /** What the caller sent; never forwarded by itself. */
  readonly metadata: ReadonlyMetadata;
  /** A value set by `call.with`, or the key's initial one. */
  get<T>(key: Key<T>): T | undefined;
}

/** Where the responses of a call go instead of to its caller. */
export interface ResponseTarget {
  /** Left out: headers still reach the caller. */
  header?(header: Metadata): void;
  message(message: unknown): void | Promise<void>;
}

/** A call in flight. Derived, never mutated: each `with…` gives another call on the same exchange. */
export interface Call extends Context {
  /** The one message of unary and server-streaming calls. Throws a TypeError where there is none, or where an async map stands in front. */
  readonly request: unknown;
  /** The messages of all four kinds; one element for unary and server-streaming. */
  readonly requests: AsyncIterable<unknown>;
  /** A header or message reached the caller, or the replay buffer overflowed: too late to retry (gRFC A6). */
  readonly committed: boolean;
  /** Messages and bytes both ways so far, all attempts together. */
  readonly traffic: Traffic;
  /**
   * Clients: what this call is part of, by `CallOptions.parent` or else the server call around it; undefined for a call on its own.
   * Kept after the parent has ended, when it no longer bounds anything.
   */
  readonly parent?: Context;
  /**
   * Servers: set once the call was over while its handler is still at work, or before what it gave was taken (deadline, cancel). Settles
   * when that has really ended, of several attempts all of them: with what the latest of them gave that answered, which nobody got;
   * undefined when none did, and for streams of responses. Never rejects.
   */
  readonly unsettled: Promise<LateAnswer | undefined> | undefined;
  /** Adds to the header until it is flushed by the first message; after that it throws. */
  sendHeader(header: Metadata): void;
  /** Hands a message towards the caller. A promise is back-pressure: await it. */
  respond(message: unknown): void | Promise<void>;
  with<T>(key: Key<T>, value: T): Call;
  withMetadata(edit: (copy: Metadata) => void): Call;
  /** Bounds what is below; the nearer of this and the current deadline holds. */
  withTimeout(ms: number): Call;
  /** Cancels what is below when the signal or the call itself does. */
  withSignal(signal: AbortSignal): Call;
  withRequests(requests: AsyncIterable<unknown>): Call;
  withResponses(to: ResponseTarget): Call;
  /** One message in, one out; a map may be async, order is kept. A map that throws ends the call with that status. */
  mapRequests(map: (message: unknown) => unknown): Call;
  mapResponses(map: (message: unknown) => unknown): Call;
  /** Lets `next` be called again for calls that stream requests: up to `maxBytes` of them are kept; more makes `committed` true. */
  replayable(maxBytes: number): Call;
}

/** What a handler sees beside its message: the call without its plumbing, and its own header and trailer. */
export interface HandlerContext extends Context {
  /** Sent before the first message, also when the call fails. */
  readonly header: Metadata;
  /** Copied into the status the handler ends with. */
  readonly trailer: Metadata;
  /** Sends the header now instead of with the first message. */
  sendHeader(): void;
}

/** Carries a call to its end. Never rejects. */
export type Invoke = (call: Call) => Promise<Status>;

/** An `Invoke` with a `next`: one shape for both sides and all four kinds. Must return how the call ended. */
export type Interceptor = (call: Call, next: Invoke) => Promise<Status>;

/** How calls travel to a server. */
export interface Transport {
  readonly invoke: Invoke;
  close(): Promise<void>;
}
