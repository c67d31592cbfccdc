/** A call of `replica.proto`, in its field names. */
export interface Work {
  readonly key: string;
  readonly delayMs: number;
  readonly count: number;
  readonly bulkBytes: number;
}

export interface Done {
  readonly replica: string;
  readonly n: number;
  readonly bulk: Uint8Array;
}

/** What every peer's server does with calls: the same for all. What it throws is `Unavailable`. */
export interface Replica {
  get(work: Work): Promise<Done>;
  put(work: Work): Promise<Done>;
  list(work: Work): AsyncIterable<Done>;
}

/** Answered as UNAVAILABLE. */
export class Unavailable extends Error {}

export interface ServeOptions {
  readonly host: string;
  readonly port: number;
  /** How old connections get. */
  readonly ageMs?: number;
}

export interface Serving {
  /** What SIGTERM asks for: no new calls, those under way end well. */
  close(): Promise<void>;
}

export interface ClientOptions {
  /** `127.0.0.1:port` of each replica. */
  readonly addresses: readonly string[];
  /** Clients with different names have connections of their own. */
  readonly name: string;
  /** In turn over all addresses; else one at a time. */
  readonly spread: boolean;
  /** All tries of a call that may be made again; 1 for no retries. */
  readonly attempts: number;
  /** Whether retries stop while too many calls fail, as by default. */
  readonly throttled: boolean;
  /** How many failures at once, twice over, do not stop retries: as many calls as may be under way at a replica that dies. */
  readonly tokens?: number;
  readonly keepalive?: { readonly timeMs: number; readonly timeoutMs: number };
  readonly reconnect?: { readonly initialBackoffMs: number; readonly maxBackoffMs: number };
}

export type MethodName = 'get' | 'put' | 'list';

export interface CallOptions {
  readonly timeoutMs: number;
  /** Waits for a connection, where the peer can. */
  readonly waitForReady: boolean;
  readonly signal?: AbortSignal;
  /** What the reader of a stream does after each message: nothing, for so long. */
  readonly readPauseMs?: number;
}

/** How a call ended, as its caller was told. */
export interface Ended {
  readonly code: number;
  readonly message?: string;
  /** Undefined where the peer does not tell. */
  readonly attempts?: number;
  /** Who answered. */
  readonly replica?: string;
  /** Messages of a stream. */
  readonly messages?: number;
}

export interface PeerClient {
  /** Never rejects. */
  call(method: MethodName, work: Work, options: CallOptions): Promise<Ended>;
  /** Attempts to connect so far, where the peer tells. */
  readonly connects?: number;
  close(): Promise<void>;
}

/** A gRPC library: its server in a process of its own, its client where the load is made. */
export interface Peer {
  readonly name: string;
  readonly version: string;
  serve(replica: Replica, options: ServeOptions): Promise<Serving>;
  connect(options: ClientOptions): Promise<PeerClient>;
}
