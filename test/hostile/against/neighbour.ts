import { codeName, connect } from 'flowrpc';
import { ProbeService } from '../../suites/probe-service.ts';

/*
 * A process with a well-behaved client on a connection of its own. Told a port it calls at a pace, as often as it is told and until it is told to
 * stop, whatever comes back; then it tells what came of it. Times are measured from when a call was due.
 */

export type NeighbourTask =
  | {
      readonly port: number;
      /** How many calls at least. */
      readonly least: number;
      /** From call to call; with 0 the first hundred are made at once. */
      readonly everyMs: number;
      /** Says that it has begun, and goes on until it is told to stop. */
      readonly hold: boolean;
    }
  | 'stop';

export interface Calls {
  readonly made: number;
  readonly failed: number;
  /** Of the first that failed. */
  readonly why: string;
  readonly p99Ms: number;
}

/** Calls under way: a server that stands still is not sent more and more. */
const most = 100;

let stopped = false;

async function calls({ port, least, everyMs, hold }: Exclude<NeighbourTask, 'stop'>): Promise<Calls> {
  stopped = !hold;
  await using channel = connect(`127.0.0.1:${port}`, { userAgent: 'neighbour' });
  const client = channel.client(ProbeService);
  const times: number[] = [];
  let failed = 0;
  let why = '';
  const one = async (n: number, due: number): Promise<void> => {
    const { code, message } = await client.unary({ text: 'neighbour', n }, { timeoutMs: 20_000 }).status;
    if (code !== 0) {
      failed += 1;
      why ||= `${codeName(code)}: ${message}`;
    }
    times.push(performance.now() - due);
  };
  // The first call connects; it counts as one that is made, and not as one that is timed.
  await one(0, performance.now());
  times.length = 0;
  if (hold) process.send?.({ begun: true });
  const under = new Set<Promise<void>>();
  let due = performance.now();
  for (let n = 0; n < least || !stopped; n++) {
    // What lasts is asked less often: a machine with little time left would fall behind by itself.
    due += n < least ? everyMs : 10 * (everyMs || 1);
    const wait = due - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    while (under.size >= most) await Promise.race(under);
    const call = one(n, due).finally(() => under.delete(call));
    under.add(call);
  }
  await Promise.all(under);
  times.sort((a, b) => a - b);
  return { made: times.length + 1, failed, why, p99Ms: times[Math.ceil(times.length * 0.99) - 1] ?? 0 };
}

process.on('message', async (task: NeighbourTask) => {
  if (task === 'stop') stopped = true;
  else process.send?.({ calls: await calls(task) });
});
process.on('disconnect', () => process.exit(0));
process.send?.({ ready: true });
