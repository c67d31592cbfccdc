import { codeName } from '../core/code.ts';
import { runIn } from '../core/current.ts';
import { earliest } from '../core/deadline.ts';
import type { Key } from '../core/key.ts';
import { isPromise } from '../core/requests.ts';
import { ok, statusOf } from '../core/status.ts';
import type { Activation } from './activation.ts';
import type { NodeContext, NodeProcess } from './node-context.ts';
import { orCancelled } from './or-cancelled.ts';
import { type ExitHook, forkedCall, Process } from './process.ts';
import { asError } from './reply.ts';

/** A process as a node that handles a packet sees it. */
export class ProcessView implements NodeProcess {
  readonly #activation: Activation;

  constructor(activation: Activation) {
    this.#activation = activation;
  }

  get id(): string {
    return this.#activation.owner.id;
  }

  get parent(): string | undefined {
    return this.#activation.owner.parent?.id;
  }

  get<T>(key: Key<T>): T | undefined {
    return this.#activation.owner.get(key);
  }

  set<T>(key: Key<T>, value: T): void {
    this.#activation.owner.set(key, value);
  }

  state<T>(key: Key<T>, make: () => T): T {
    return this.#activation.owner.state(key, make);
  }

  onExit(hook: ExitHook): void {
    this.#activation.owner.onExit(hook);
  }

  fork(work: (child: NodeContext) => unknown, { timeoutMs }: { timeoutMs?: number } = {}): void {
    const activation = this.#activation;
    const { owner, runtime } = activation;
    const own = timeoutMs === undefined ? Number.POSITIVE_INFINITY : Date.now() + timeoutMs;
    const { call, unlink } = forkedCall(owner.call, earliest(owner.call.deadline, own));
    const child = activation.within(new Process(owner.entry, call, owner));
    runtime.host.forks.add(call, () => runFork(child, work).finally(unlink));
  }
}

async function runFork(child: Activation, work: (child: NodeContext) => unknown): Promise<void> {
  const { call, owner, log } = child;
  let failure: Error | undefined;
  try {
    const result = runIn(call, () => work(child));
    const reply = isPromise(result) ? await orCancelled(call, result) : result;
    if (reply instanceof Error) failure = reply;
  } catch (thrown) {
    failure = asError(thrown);
  }
  failure = (await owner.exit(failure)) ?? failure;
  const status = failure === undefined ? ok() : statusOf(failure);
  call.end(status);
  if (failure !== undefined)
    log.warn('fork failed', { process: owner.id, code: codeName(status.code), error: failure });
}
