import type { Channel } from '../client/connect.ts';
import type { Acceptor } from '../core/acceptor.ts';
import type { CancelReason } from '../core/cancel-reason.ts';
import type { Peer } from '../core/context.ts';
import type { Key } from '../core/key.ts';
import type { ReadonlyMetadata } from '../core/metadata.ts';
import type { Logger } from '../observability/logger.ts';
import type { ServerHost } from '../server/service-module.ts';
import type { ExitHook } from './exit-hooks.ts';
import type { Languages } from './languages/languages.ts';
import type { NodeStores } from './node-stores.ts';
import type { Outbound } from './outbound.ts';
import type { Packet } from './packet.ts';
import type { Reply } from './reply.ts';
import type { Syscalls } from './syscall/functions.ts';

/** Variables of the runtime, as given with `-e KEY=value`. */
export type Env = Readonly<Record<string, string>>;

/** What is known of a node. */
export interface NodeInfo {
  readonly id: string;
  readonly kind: string;
  readonly namespace: string;
  /** As written; left out for unnamed nodes. */
  readonly name?: string;
  /** Full name of its gRPC service: `default.greet`. */
  readonly service: string;
  /** In-ports by full name; where the kind takes any index, those that are linked. */
  readonly inputs: readonly string[];
  /** Out-ports as the kind declares them: `out[*]` stands for any index. */
  readonly outputs: readonly string[];
}

/** How `send` ended: at how many targets the packet arrived, and their replies as one. */
export interface Sent {
  /** 0 for a port without edges. */
  readonly sent: number;
  /** A value, `none` when nobody answered, or an Error. */
  readonly reply: Reply;
}

export interface ForkOptions {
  /** Bounds it, milliseconds. Default: by nothing but the process that it comes from. */
  readonly timeoutMs?: number;
  /** Not bounded by the deadline of the process that it comes from. Default false. */
  readonly beyond?: boolean;
  /** May set as much in motion as a run may, whatever the process that it comes from has. Default false. */
  readonly ownLimits?: boolean;
}

/** A process that goes on by itself. */
export interface Fork {
  readonly id: string;
  /** What its work gave, once its exit hooks have run: a value, `none`, or an Error. Never rejects. */
  readonly done: Promise<Reply>;
}

/** The run that a packet belongs to. */
export interface NodeProcess {
  readonly id: string;
  /** Id of the process it was forked from. */
  readonly parent: string | undefined;
  /** A value set in this process, or by its parent before the fork. */
  get<T>(key: Key<T>): T | undefined;
  /** Not seen by the parent, nor by forks made before. */
  set<T>(key: Key<T>, value: T): void;
  /**
   * Goes on as a process of its own once this one is answered, bounded by its deadline or `timeoutMs`; `beyond` its deadline by `timeoutMs`
   * alone, as what a connection brings is. Its packets are taken from the limits of this run, unless they are `ownLimits`: for what comes from
   * outside, one after the other. Errors are logged. Once this process has ended, nothing is forked any more, and `done` is an Error. Throws
   * RESOURCE_EXHAUSTED while 10,000 forks of the graph are at work.
   */
  fork(work: (child: NodeContext) => unknown, options?: ForkOptions): Fork;
  /** Resolves when no fork of this process is at work, or the run is over. */
  join(): Promise<void>;
  /**
   * Runs before the caller is told, last added first; a hook that throws, or takes longer than 10 s, is then what the caller is told. False
   * when the process had ended: the hook ran at once, told of the error it ended with, and what it throws is logged.
   */
  onExit(hook: ExitHook): boolean;
  /** What a node keeps for this process: made once, gone with it. The key is made when the node is set up. */
  state<T>(key: Key<T>, make: () => T): T;
}

/** What a node's function gets beside the packet. */
export interface NodeContext {
  readonly node: NodeInfo;
  /** The in-port the packet came by; empty in sources. */
  readonly port: string;
  readonly env: Env;
  readonly log: Logger;
  /** Epoch milliseconds; `Infinity` when nobody bounds the run. */
  readonly deadline: number;
  /** Aborts when the run is cancelled or its time is up. */
  readonly signal: AbortSignal;
  readonly process: NodeProcess;
  /**
   * Sends a packet, or a payload, to every target linked to an out-port and waits for their replies, merged. Replies of one port come
   * back in the order they were sent for. Unlinked: `sent` 0 and `none`. Rejects for a port that the node does not have and for a
   * payload that is no value; whatever else fails is an Error in `reply`.
   */
  send(port: string, payload: unknown): Promise<Sent>;
  /**
   * Resolves when a packet sent by this port would leave at once. Of one process and port 64 packets, or 4 MiB, may be unanswered; further
   * ones wait. To send many and have no more of them in memory than that: `await ready('out')` before each `send`.
   */
  ready(port: string): Promise<void>;
}

/** Where the nodes of a graph are services: they come and go there, and calls may be brought to it. */
export interface NodeServer extends Acceptor, ServerHost {}

/** What `setup` gets beside the node's own fields. */
export interface SetupContext {
  readonly node: NodeInfo;
  readonly env: Env;
  readonly log: Logger;
  /** Folder that relative paths in the spec start from. */
  readonly baseDir: string;
  /** What codes in specs may be written in: `compileProgram` reads them. */
  readonly languages: Languages;
  /** Has a hook run once the node was closed, and when its setup fails; last added first. */
  onClose(hook: () => void | Promise<void>): void;
  /** The channel to a target, shared by all nodes and closed with them. */
  channel(target: string): Channel;
  /** What all nodes of this graph share under a key: made when the first of them asks. */
  shared<T>(key: Key<T>, make: () => T): T;
  /** The nodes of this graph as the services that they are, on its server when it has one: calls take the interceptors of that. */
  readonly self: NodeServer;
  /** What connections of its own it may make: each goes by `outbound.lookup`. */
  readonly outbound: Outbound;
  /** What the runtime is made of; undefined for a graph without one. */
  readonly stores?: NodeStores | undefined;
  /** What `syscall` nodes may call beside that. */
  readonly functions?: Syscalls | undefined;
}

/** What a source works with. */
export interface SourceContext {
  readonly node: NodeInfo;
  readonly env: Env;
  readonly log: Logger;
  /** Aborts when the graph closes. */
  readonly signal: AbortSignal;
  /**
   * Starts a process with one packet to `out` and waits for its reply; without an edge there, the payload is the reply. An error goes
   * to `error` when that is linked. Rejects with RESOURCE_EXHAUSTED when 1,000 wait already.
   */
  emit(payload: unknown, options?: EmitOptions): Promise<Reply>;
  /**
   * Resolves when fewer than 64 of its processes run, or the graph closes. To have several at once and be no faster than they are handled:
   * `await ready()` before each `emit`.
   */
  ready(): Promise<void>;
}

export interface EmitOptions {
  /** Bounds the process; Infinity leaves that to others. Default 30 s. */
  timeoutMs?: number;
  signal?: AbortSignal;
  /** What whoever caused it sent along, as the metadata of a call would be: its trace is gone on with. */
  metadata?: ReadonlyMetadata;
  /** Who caused it. Default: this process. */
  peer?: Peer;
  /** Called at the start with what ends the process early; cheaper than a signal for whoever starts many. */
  cancellable?(cancel: (reason: CancelReason) => void): void;
  /** Called at the start with what takes it out of the 1,000 that may wait for replies, for what others bound. */
  uncounted?(free: () => void): void;
  /** Called with the process before its first packet leaves: what is set here is there for all of its nodes. */
  prepare?(process: NodeProcess): void;
  /** Says of a reply that is no Error whether the process has failed nevertheless; its exit hooks are told. */
  failureOf?(reply: Reply): Error | undefined;
}

/** A node that was set up. */
export interface NodeInstance {
  /**
   * Handles one packet; what it returns or resolves to is the reply: a value, `none` (or undefined) for no response, an Error. What it
   * throws is an error reply. Left out: the node takes no packets.
   */
  process?(packet: Packet, context: NodeContext): unknown;
  /**
   * Handles all packets of a stream, and gives replies as it likes: what calls of `InStream` get that are not edges. Without `process` it
   * handles single packets, too, as streams of one; its replies are merged then.
   */
  stream?(packets: AsyncIterable<Packet>, context: NodeContext): AsyncIterable<unknown>;
  /** Called once everything around is up; runs until it returns or the signal aborts. */
  start?(context: SourceContext): unknown;
  close?(): void | Promise<void>;
  /**
   * Takes over what another instance of this kind has kept so far, at the moment in which it takes that one's place; from then on the
   * other one only finishes what it has begun, and is closed later. Must not throw, nor take time.
   */
  handover?(old: NodeInstance): void;
  /** It keeps state for each process, or has exit hooks: see `perProcess` of kinds. */
  readonly perProcess?: boolean;
  /** The instance that this one decorates, for whoever looks for it. */
  readonly inner?: NodeInstance;
}
