import { bareClient } from './client-bare.ts';
import { ourClient } from './client-ours.ts';
import { bareCook, type Cook, ourCook } from './kitchen.ts';

/*
 * A process with a client of one side, `client-victim.ts bare|ours`: does what its parent asks, against the port that it names, and
 * tells how each call ended.
 */

export interface Task {
  readonly port: number;
  readonly action: Action | 'cook';
  /** What the call is given; a deadline as JSON cannot say it. */
  readonly deadline?: 'soon' | 'later' | 'none' | 'NaN' | 'beyond any clock';
  readonly metadata?: Record<string, string>;
  /** Milliseconds until each call that is begun last is cancelled. */
  readonly cancelAfterMs?: number;
  /** Tries of a call that is UNAVAILABLE, and the milliseconds before the second one. */
  readonly retry?: { readonly attempts: number; readonly pauseMs: number };
  /** What a `cook` is given; absent, what was answered last. */
  readonly message?: unknown;
}

/**
 * `beside`: a call while two others are under way. `queued`: a call behind another one, which is named last. `storm`: a hundred calls at once.
 * `hammer`: one call after the other, for six seconds.
 */
export type Action = 'unary' | 'stream' | 'cancel' | 'beside' | 'queued' | 'storm' | 'hammer';

export interface Ended {
  readonly code: number | 'refused at once';
  readonly message: string;
  readonly messages: number;
}

/** How calls of one side are made. */
export interface Client {
  unary(metadata?: Record<string, string>): Pending;
  stream(): Pending;
  close(): Promise<void> | void;
}

/** A call that was begun. */
export interface Pending {
  readonly ended: Promise<Ended>;
  cancel(): void;
}

export type OpenClient = (task: Task, deadline: number | Date | undefined) => Client;

const deadlines: Record<NonNullable<Task['deadline']>, () => number | Date | undefined> = {
  soon: () => Date.now() + 6_000,
  later: () => Date.now() + 20_000,
  none: () => undefined,
  NaN: () => Number.NaN,
  'beyond any clock': () => new Date(8.64e15),
};

const later = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

const actions: Record<Action, (client: Client, task: Task) => Promise<Ended[]>> = {
  unary: async (client, task) => [await cancelled(client.unary(task.metadata), task)],
  stream: async (client, task) => [await cancelled(client.stream(), task)],
  async cancel(client) {
    const call = client.stream();
    setImmediate(() => call.cancel());
    await later(200);
    return [await call.ended];
  },
  async beside(client, { metadata }) {
    const others = [client.unary(), client.unary()];
    await later(100);
    return Promise.all([client.unary(metadata), ...others].map(({ ended }) => ended));
  },
  async queued(client, task) {
    const first = client.unary();
    await later(300);
    return Promise.all([cancelled(client.unary(), task), first.ended]);
  },
  storm: (client) => Promise.all(Array.from({ length: 100 }, () => client.unary().ended)),
  async hammer(client) {
    const ended: Ended[] = [];
    for (const end = Date.now() + 6_000; Date.now() < end; ) ended.push(await client.unary().ended);
    return ended;
  },
};

async function cancelled(call: Pending, { cancelAfterMs }: Task): Promise<Ended> {
  if (cancelAfterMs !== undefined) setTimeout(() => call.cancel(), cancelAfterMs);
  return call.ended;
}

const bare = process.argv[2] !== 'ours';
let kitchen: Promise<Cook> | undefined;

process.on('message', async (task: Task) => {
  if (task.action === 'cook') {
    kitchen ??= bare ? Promise.resolve(bareCook()) : ourCook();
    process.send?.({ cooked: await (await kitchen)(task.port, task.message) });
    return;
  }
  const deadline = deadlines[task.deadline ?? 'soon']();
  const client = (bare ? bareClient : ourClient)(task, deadline);
  const ended = await actions[task.action](client, task);
  await client.close();
  process.send?.({ ended });
});
process.on('disconnect', () => process.exit(0));
process.send?.({ ready: true });
