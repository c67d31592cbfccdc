import type { Peer } from './context.ts';
import type { Key } from './key.ts';

/** One connection of a client to a server, from handshake to close. Calls in process have none. */
export interface Session {
  /** Unique, also over processes and restarts. */
  readonly id: string;
  readonly peer: Peer;
  /** Epoch milliseconds. */
  readonly connectedAt: number;
  /** Epoch milliseconds: a call began or ended, a stream of responses carried a message, or `touch` was called. */
  readonly lastActiveAt: number;
  readonly openCalls: number;
  /** Calls since it was opened, those that are open included. */
  readonly totalCalls: number;
  /** What was `set` under the key, or its initial value. */
  get<T>(key: Key<T>): T | undefined;
  /** Keeps a value until the connection closes. */
  set<T>(key: Key<T>, value: T): void;
  /** False when nothing was set under the key. */
  delete(key: Key<unknown>): boolean;
  /** Counts as activity, now or at a time given. */
  touch(at?: number): void;
}

/**
 * Why a session ended: the client left, it was idle or old, the client had cancelled many calls and was asked to connect anew, its peer
 * answered no ping, `disconnect` was called, the server closed, or the connection broke.
 */
export type DisconnectReason =
  | 'client'
  | 'idle'
  | 'age'
  | 'resets'
  | 'keepalive'
  | 'disconnected'
  | 'shutdown'
  | 'error';

export type SessionEvent =
  | { readonly type: 'connected'; readonly session: Session }
  | {
      readonly type: 'disconnected';
      readonly session: Session;
      readonly reason: DisconnectReason;
      /** What `disconnect` was told, or what the error says. */
      readonly message?: string;
    }
  /** A connection beyond `maxConnections` (`total`) or `maxConnectionsPerClient` (`client`) was closed at once. */
  | { readonly type: 'rejected'; readonly address: string; readonly limit: 'total' | 'client' }
  /** A connection broke, or a TLS handshake failed: then there is no session. */
  | { readonly type: 'error'; readonly address: string; readonly session?: Session; readonly error: Error }
  /** Connections came near `maxConnections` (`high`), or went well below again. */
  | { readonly type: 'pressure'; readonly high: boolean; readonly utilisation: number };

export interface DisconnectOptions {
  /** For the log, the `disconnected` event, and the status of calls that have to end. */
  reason?: string;
  /** What calls under way get to finish; 0 ends them at once, with UNAVAILABLE. Default: `ageGraceMs` of the connection. */
  graceMs?: number;
}

/** The connections of a server as they stand, and totals since it was made. */
export interface Sessions {
  readonly active: number;
  readonly accepted: number;
  /** Refused, because there were too many. */
  readonly rejected: number;
  /** Removed, because they were idle. */
  readonly cleaned: number;
  /** Connections that broke and TLS handshakes that failed. */
  readonly failed: number;
  /** Share of `maxConnections` that is taken, handshakes under way included; 0 to 1. */
  readonly utilisation: number;
  list(): Session[];
  get(id: string): Session | undefined;
  /** GOAWAY: no new calls; those under way may finish for a while. False when there is no such session. */
  disconnect(id: string, options?: DisconnectOptions): boolean;
  /** Disconnects every session that the predicate is true for; gives how many that were. */
  disconnectWhere(predicate: (session: Session) => boolean, options?: DisconnectOptions): number;
  /** Tells the listener of what happens; gives back what ends that. A listener that throws is logged. */
  watch(listener: (event: SessionEvent) => void): () => void;
}
