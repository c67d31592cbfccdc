import { codeName } from '../core/code.ts';
import { runIn } from '../core/current.ts';
import { earliest } from '../core/deadline.ts';
import type { Key } from '../core/key.ts';
import { isPromise } from '../core/requests.ts';
import { ok } from '../core/status.ts';
import { statusOf } from '../core/status-error.ts';
import type { Activation } from './activation.ts';
import type { ExitHook } from './exit-hooks.ts';
import { forkedCall } from './forked-call.ts';
import type { Fork, ForkOptions, NodeContext, NodeProcess } from './node-context.ts';
import { orCancelled } from './or-cancelled.ts';
import { dropped } from './or-ended.ts';
import { Process } from './process.ts';
import { forkedIdentity } from './process-id.ts';
import { asError, none, type Reply } from './reply.ts';

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
    return this.#activation.owner.identity.parent;
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

  onExit(hook: ExitHook): boolean {
    return this.#activation.owner.onExit(hook);
  }

  async join(): Promise<void> {
    const { call, owner } = this.#activation;
    await orCancelled(call, owner.join());
  }

  fork(
    work: (child: NodeContext) => unknown,
    { timeoutMs, beyond = false, ownLimits = false }: ForkOptions = {},
  ): Fork {
    const activation = this.#activation;
    const { owner, runtime } = activation;
    // Nobody wants it any more; whoever forks that late may be a timer, whose throw would end all.
    if (owner.status === 'ended') return { id: forkedIdentity(owner.identity).id, done: Promise.resolve(dropped()) };
    runtime.host.forks.check();
    const own = timeoutMs === undefined ? Number.POSITIVE_INFINITY : Date.now() + timeoutMs;
    const { call, unlink } = forkedCall(owner.call, beyond ? own : earliest(owner.call.deadline, own));
    const process = new Process(owner.entry, call, owner);
    const child = activation.within(process, call, ownLimits ? activation.run.anew() : activation.run);
    const done = runtime.host.forks.add(call, () => runFork(child, work).finally(unlink));
    owner.forked(done);
    return {
      get id() {
        return process.id;
      },
      done,
    };
  }
}

async function runFork(child: Activation, work: (child: NodeContext) => unknown): Promise<Reply> {
  const { call, owner, log } = child;
  let reply: Reply = none;
  let failure: Error | undefined;
  try {
    const result = runIn(call, () => work(child));
    reply = (isPromise(result) ? await orCancelled(call, result) : result) ?? none;
    if (reply instanceof Error) failure = reply;
  } catch (thrown) {
    failure = asError(thrown);
  }
  failure = (await owner.exit(failure)) ?? failure;
  const status = failure === undefined ? ok() : statusOf(failure);
  call.end(status);
  if (failure === undefined) return reply;
  log.warn('fork failed', { process: owner.id, code: codeName(status.code), error: failure });
  return failure;
}
