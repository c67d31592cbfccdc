import { setMaxListeners } from 'node:events';
import { CancelReason } from '../core/cancel-reason.ts';
import type { Node, NodeHost } from '../nodes/node.ts';
import type { Process } from '../nodes/process.ts';
import { errorDomain } from '../nodes/reply.ts';
import { errorInfo } from '../wire/error-details.ts';
import { settledWithin } from './settled-within.ts';

/** How long processes may take to end once they were cancelled. */
const unwindMs = 1_000;
/** How long those may take that go on without what was removed. */
const dropMs = 100;

/** What others have taken the place of. */
export interface Retiring {
  readonly nodes: readonly Node[];
  /** Those that nothing has replaced: once the time is over, whoever waits for several targets goes on without them. */
  readonly removed: ReadonlySet<Node>;
  /** How many retirements there had been when the first of what is ended came to be: nodes that retired later may need it. */
  readonly since: number;
  /** Resolves when nobody is on the way to the nodes any more, or the time is over. */
  entered(graceMs: number): Promise<unknown>;
  /** Runs once no process is left that may need what it ends. Must not reject. */
  end(): Promise<void>;
}

/** Nodes whose place others have taken: they finish what began there, and then what was theirs is closed. */
export class Retirements {
  readonly #host: NodeHost;
  readonly #graceMs: number;
  readonly #hurry = new AbortController();
  /** By their numbers. */
  readonly #draining = new Map<number, Promise<void>>();
  #count = 0;
  #ended: Promise<unknown> = Promise.resolve();

  constructor(host: NodeHost, graceMs: number) {
    this.#host = host;
    this.#graceMs = graceMs;
    // Each retirement listens, and there are as many as somebody changes the graph.
    setMaxListeners(0, this.#hurry.signal);
  }

  /** How many there have been so far. */
  get count(): number {
    return this.#count;
  }

  add(retiring: Retiring): void {
    const number = ++this.#count;
    const later = [...this.#draining].flatMap(([other, drained]) => (other > retiring.since ? drained : []));
    const drained = this.#drain(retiring).finally(() => this.#draining.delete(number));
    this.#draining.set(number, drained);
    this.#ended = Promise.all([this.#ended, Promise.all([...later, drained]).then(() => retiring.end())]);
  }

  /** Waits no longer for processes. Resolves when everything has ended. */
  async close(): Promise<void> {
    this.#hurry.abort();
    await this.#ended;
  }

  async #drain({ nodes, removed, entered }: Retiring): Promise<void> {
    const until = { hurry: this.#hurry.signal, unref: true };
    const late = Date.now() + this.#graceMs;
    await settledWithin(entered(this.#graceMs), this.#graceMs, until);
    const busy = nodes.filter((node) => node.busy > 0);
    if (busy.length === 0) return;
    const idle = idleOnce(busy);
    if (await settledWithin(idle, Math.max(0, late - Date.now()), until)) return;
    if (removed.size > 0 && !this.#hurry.signal.aborted) {
      for (const { waits } of this.#host.processes) waits.dropRepliesOf(removed);
      if (await settledWithin(idle, dropMs, until)) return;
    }
    this.#host.processes.cancelAll(replaced, new Set(busy));
    await settledWithin(idle, unwindMs);
  }
}

function idleOnce(nodes: readonly Node[]): Promise<void> {
  return new Promise((resolve) => {
    let left = nodes.length;
    for (const node of nodes) {
      node.onIdle = () => {
        node.onIdle = undefined;
        left -= 1;
        if (left === 0) resolve();
      };
    }
  });
}

function replaced({ entry }: Process): CancelReason {
  const { service } = entry.info;
  const details = [errorInfo({ reason: 'REPLACED', domain: errorDomain, metadata: { node: service } })];
  return new CancelReason('replaced', `Node "${service}" was replaced, and the call was not done in time`, { details });
}
