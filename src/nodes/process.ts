import { type CallNode, createCall, nodeOf, type ResponseSink } from '../core/call.ts';
import { Cancellation, CancelReason } from '../core/cancellation.ts';
import type { Key } from '../core/key.ts';
import type { Slotted } from '../core/slot-list.ts';
import { otelContextKey } from '../observability/otel-context.ts';
import { shareTrace } from '../observability/trace-context.ts';
import { Gate } from './gate.ts';
import type { Node } from './node.ts';
import { forkedIdentity, type ProcessIdentity, processKey } from './process-id.ts';
import { asError } from './reply.ts';

/** Runs when a process ends, before its caller is told; gets the error when it ended badly. */
export type ExitHook = (error?: Error) => void | Promise<void>;

type Data = Map<Key<unknown>, unknown>;

/** One run of a graph: everything that one entering packet, or one stream of them, causes within this process of the system. */
export class Process implements Slotted {
  readonly parent: Process | undefined;
  /** The node that it began at. */
  readonly entry: Node;
  /** Epoch milliseconds. */
  readonly startedAt = Date.now();
  slot = -1;
  /** The server call that the run answers; its deadline, cancellation and trace are the run's. */
  readonly call: CallNode;
  /** The one in-port whose handler has sent nothing yet, as nearly always; more of them, and those where packets wait, have gates. */
  #busy: object | undefined;
  #gates: Map<object, Gate> | undefined;
  #data: Data | undefined;
  #shared = false;
  #states: Data | undefined;
  #hooks: ExitHook[] | undefined;
  #exited = false;

  constructor(entry: Node, call: CallNode, parent?: Process) {
    this.entry = entry;
    this.call = call;
    this.parent = parent;
    if (parent !== undefined) {
      this.#data = parent.#data;
      this.#shared = parent.#shared = parent.#data !== undefined;
    }
    const { processes, probe } = entry.host;
    processes.add(this);
    probe?.started(this);
  }

  /** What interceptors of its call, and of the edges it takes, know it by. */
  get identity(): ProcessIdentity {
    return this.call.get(processKey)!;
  }

  /** A time-ordered UUID, made when first asked for. */
  get id(): string {
    return this.identity.id;
  }

  /** A value set here, or by the parent before this process was forked; else what interceptors gave the call, such as who calls. */
  get<T>(key: Key<T>): T | undefined {
    return this.#data?.has(key) ? (this.#data.get(key) as T) : this.call.get(key);
  }

  /** Sets a value for this process and for forks made from now on. */
  set<T>(key: Key<T>, value: T): void {
    if (this.#shared) {
      this.#data = new Map(this.#data);
      this.#shared = false;
    }
    (this.#data ??= new Map()).set(key, value);
  }

  /** What a node keeps for this process alone: made on first use, gone with it, never inherited. */
  state<T>(key: Key<T>, make: () => T): T {
    const states = (this.#states ??= new Map());
    if (!states.has(key)) states.set(key, make());
    return states.get(key) as T;
  }

  /** The gate of an in-port, when it holds packets back just now. */
  heldAt(port: object): Gate | undefined {
    if (this.#busy === port) {
      this.#busy = undefined;
      this.#gate(port).close();
    }
    const gate = this.#gates?.get(port);
    return gate === undefined || gate.idle ? undefined : gate;
  }

  /** A handler is at work at an in-port and has sent nothing yet: the packets behind it wait until `release`. */
  hold(port: object): void {
    if (this.#busy === undefined && !this.#gates?.has(port)) this.#busy = port;
    else this.#gate(port).close();
  }

  /** The next packets of an in-port may start. */
  release(port: object): void {
    if (this.#busy === port) this.#busy = undefined;
    else this.#gates?.get(port)?.open();
  }

  /** Adds a hook; the last one added runs first. On a process that has ended it runs at once. */
  onExit(hook: ExitHook): void | Promise<void> {
    if (this.#exited) return hook();
    (this.#hooks ??= []).push(hook);
  }

  /** Ends the process. Gives the error of the first hook that failed; the hooks after it are told of it. */
  exit(error?: Error): Error | undefined | Promise<Error | undefined> {
    if (this.#exited) return undefined;
    this.#exited = true;
    const hooks = this.#hooks;
    if (hooks === undefined) {
      this.#end(error);
      return undefined;
    }
    return this.#runHooks(hooks, error);
  }

  #gate(port: object): Gate {
    const gates = (this.#gates ??= new Map());
    let gate = gates.get(port);
    if (gate === undefined) gates.set(port, (gate = new Gate()));
    return gate;
  }

  async #runHooks(hooks: ExitHook[], error: Error | undefined): Promise<Error | undefined> {
    let failure: Error | undefined;
    for (const hook of hooks.reverse()) {
      try {
        await hook(error ?? failure);
      } catch (thrown) {
        failure ??= asError(thrown);
      }
    }
    this.#end(error ?? failure);
    return failure;
  }

  #end(error: Error | undefined): void {
    const { processes, probe } = this.entry.host;
    probe?.ended(this, error);
    this.#data = this.#states = this.#hooks = undefined;
    processes.delete(this);
  }
}

const nowhere: ResponseSink = { header() {}, message() {} };

/**
 * A call of its own, in a process of its own, for work that goes on after the call it came from has its status: same method, metadata
 * and trace.
 */
export function forkedCall(from: CallNode, deadline: number): { call: CallNode; unlink: () => void } {
  const cancellation = new Cancellation({ deadline });
  // Followed by hand: a child cancellation would lose its deadline together with its parent.
  const onCancel = ({ code, statusMessage, kind }: CancelReason): void => {
    const deadlinePassed = kind === 'deadline';
    cancellation.cancel(
      deadlinePassed ? new CancelReason('deadline') : new CancelReason('parent', statusMessage, { code }),
    );
  };
  from.cancellation.on(onCancel);
  const root = createCall({
    method: from.method,
    side: 'server',
    peer: () => from.peer,
    metadata: from.metadata,
    cancellation,
    request: undefined,
    sink: nowhere,
    forward: from.exchange.init.forward,
  });
  shareTrace(from, root);
  let call = root.with(processKey, forkedIdentity(from.get(processKey)!));
  const traced = from.get(otelContextKey);
  if (traced !== undefined) call = call.with(otelContextKey, traced);
  return { call: nodeOf(call), unlink: () => from.cancellation.off(onCancel) };
}
