import type { CallNode } from '../core/call.ts';
import type { Key } from '../core/key.ts';
import type { Slotted } from '../core/slot-list.ts';
import { type ExitHook, runExitHook, runExitHooks } from './exit-hooks.ts';
import { Gate } from './gate.ts';
import type { Node } from './node.ts';
import { type ProcessIdentity, processKey } from './process-id.ts';
import { ProcessWaits } from './process-waits.ts';
import type { Waiting } from './waiting.ts';

type Data = Map<Key<unknown>, unknown>;

const nothing: ReadonlySet<never> = new Set<never>();

/** One run of a graph: everything that one entering packet, or one stream of them, causes within this process of the system. */
export class Process implements Slotted {
  readonly parent: Process | undefined;
  /** The node that it began at. */
  readonly entry: Node;
  /** Epoch milliseconds. */
  readonly startedAt: number;
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
  #waits: ProcessWaits | undefined;
  #forks: Set<Promise<unknown>> | undefined;
  /** Beside the entry. */
  #entered: Set<Node> | undefined;
  #exited = false;
  #ended = false;
  #exitError: Error | undefined;
  #failed = false;

  constructor(entry: Node, call: CallNode, parent?: Process) {
    this.entry = entry;
    this.call = call;
    this.startedAt = call.exchange.init.at ?? Date.now();
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

  get status(): 'running' | 'ended' {
    return this.#ended ? 'ended' : 'running';
  }

  /** Why it ended badly. */
  get error(): Error | undefined {
    return this.#exitError;
  }

  /** Whether hooks were told that it ended badly: they may have undone what its nodes did. */
  get failed(): boolean {
    return this.#failed;
  }

  /** Another node that packets from outside come in at: it is busy until the process has ended. */
  enter(node: Node): void {
    if (node === this.entry || this.#ended || this.#entered?.has(node)) return;
    (this.#entered ??= new Set()).add(node);
    node.begin();
  }

  /** Nodes that it came in at beside its entry. */
  get entered(): ReadonlySet<Node> {
    return this.#entered ?? nothing;
  }

  /** What was set here and by its parents before, by the names of the keys. Empty once it has ended. */
  *data(): IterableIterator<[name: string, value: unknown]> {
    for (const [{ name }, value] of this.#data ?? []) yield [name, value];
  }

  /** A value set here, or by the parent before this process was forked; else what interceptors gave the call, such as who calls. */
  get<T>(key: Key<T>): T | undefined {
    return this.#data?.has(key) ? (this.#data.get(key) as T) : this.#given(key);
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

  /** What waits in this process. */
  get waits(): ProcessWaits {
    return (this.#waits ??= new ProcessWaits(this));
  }

  /** Where packets wait for others just now. */
  get waiting(): ReadonlySet<Waiting> {
    return this.#waits?.places ?? nothing;
  }

  /** Keeps what a fork of this process resolves to at its end, for `join`. */
  forked(done: Promise<unknown>): void {
    const forks = (this.#forks ??= new Set());
    forks.add(done);
    const forget = (): void => void forks.delete(done);
    done.then(forget, forget);
  }

  /** Resolves when no fork of this process is at work. */
  async join(): Promise<void> {
    while (this.#forks !== undefined && this.#forks.size > 0) await Promise.allSettled(this.#forks);
  }

  /** Adds a hook; the last one added runs first. False on a process that has ended: the hook runs at once then. */
  onExit(hook: ExitHook): boolean {
    if (!this.#exited) {
      (this.#hooks ??= []).push(hook);
      return true;
    }
    if (this.#exitError !== undefined) this.#failed = true;
    runExitHook(hook, this.#exitError, this.entry.host.limits.exitMs).catch((error: unknown) =>
      this.entry.log.error('exit hook failed after the end of its process', { process: this.id, error }),
    );
    return false;
  }

  /** Ends the process. Gives the error of the first hook that failed; the hooks after it are told of it. */
  exit(error?: Error): Error | undefined | Promise<Error | undefined> {
    if (this.#exited) return undefined;
    this.#exited = true;
    this.#exitError = error;
    const hooks = this.#hooks;
    if (hooks !== undefined) {
      this.#failed = error !== undefined;
      return this.#exit(hooks, error);
    }
    this.#end(error);
    return undefined;
  }

  #given<T>(key: Key<T>): T | undefined {
    const own = this.call.get(key);
    return own === key.initial && this.parent !== undefined ? this.parent.#given(key) : own;
  }

  #gate(port: object): Gate {
    const gates = (this.#gates ??= new Map());
    let gate = gates.get(port);
    if (gate === undefined) gates.set(port, (gate = new Gate()));
    return gate;
  }

  async #exit(hooks: readonly ExitHook[], error: Error | undefined): Promise<Error | undefined> {
    const failure = await runExitHooks(hooks, error, this.entry.host.limits.exitMs);
    this.#end(error ?? failure);
    return failure;
  }

  #end(error: Error | undefined): void {
    const { processes, probe } = this.entry.host;
    probe?.ended(this, error);
    this.#ended = true;
    this.#waits?.end();
    this.#exitError = error;
    processes.delete(this);
    this.#data = this.#states = this.#hooks = undefined;
  }
}
