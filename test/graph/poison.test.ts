import { setTimeout as sleep } from 'node:timers/promises';
import { Code, ErrorInfo, findDetail, type StatusError } from 'flowrpc';
import { expect, onTestFinished, test } from 'vitest';
import { handWritten, runGraph } from './run-graph.ts';
import { type Worker, worker, workerLog } from './workers.ts';

/** What a platform does: starts a worker again at its address, after pauses of 200 ms and 1.6 times as much each time. */
async function supervised(start: (listen?: string) => Promise<Worker>) {
  let over = false;
  let restarts = 0;
  const first = await start();
  const keepUp = async (): Promise<void> => {
    for (let one = first, pauseMs = 200; ; pauseMs *= 1.6) {
      await one.ended;
      if (over) return;
      await sleep(pauseMs);
      one = await start(first.address);
      restarts += 1;
    }
  };
  const kept = keepUp();
  onTestFinished(() => {
    over = true;
  });
  return {
    address: first.address,
    get restarts() {
      return restarts;
    },
    kept,
  };
}

/** Sends what it is given, and replies with what came back: an error, too. */
const sends = handWritten('sends', async ({ payload }, { send }) => {
  const { reply } = await send('out', payload);
  if (!(reply instanceof Error)) return reply;
  const { code } = reply as StatusError;
  return { code, reason: findDetail(reply as StatusError, ErrorInfo)?.reason ?? null };
});

test('P-02 a packet that kills its process is sent twice at most, its neighbours all come through', {
  timeout: 180_000,
}, async () => {
  const log = workerLog();
  const there = await supervised((listen) =>
    worker({ name: 'b', log: log.path, task: 'work', ...(listen !== undefined && { listen }) }),
  );
  const policy = { idempotent: true, timeout: '100s', retry: { attempts: 100, delay: '20ms' } };
  const graph = await runGraph(
    [
      {
        kind: 'sends',
        name: 'a',
        ports: { out: [{ target: there.address, name: 'default.b', port: 'in', ...policy }] },
      },
    ],
    [sends],
  );
  const outcomes = new Map<string, unknown[]>();
  let last = false;
  const sent: Promise<void>[] = [];
  const call = async (id: string): Promise<void> => {
    const outcome: unknown = await graph.call('a', id, { timeoutMs: 100_000 }).catch((thrown: unknown) => thrown);
    outcomes.set(id, [...(outcomes.get(id) ?? []), outcome]);
  };
  /** Twenty are always under way, whatever becomes of those before. */
  const neighbours = async (): Promise<void> => {
    for (let n = 0; !last; n++) {
      sent.push(call(`good-${n}`));
      while (sent.length - outcomes.size >= 20) await sleep(2);
    }
  };

  const beside = neighbours();
  await expect.poll(() => outcomes.size, { timeout: 30_000 }).toBeGreaterThan(20);
  await call('poison');
  await expect.poll(() => there.restarts, { timeout: 60_000 }).toBe(2);
  await sleep(500);
  last = true;
  await beside;
  await Promise.all(sent);

  expect(log.lines().filter((line) => line === 'b run poison')).toHaveLength(2);
  expect(outcomes.get('poison')).toEqual([{ code: Code.FAILED_PRECONDITION, reason: 'QUARANTINED' }]);
  outcomes.delete('poison');
  const wrong = [...outcomes].filter(([id, ends]) => ends.length !== 1 || ends[0] !== id);
  expect(wrong).toEqual([]);
  expect(outcomes.size).toBe(sent.length);
  expect(there.restarts).toBe(2);
});

test('packets of one process that wait to be sent again leave no pile of listeners', async () => {
  const many = handWritten('many', async (_packet, { send }) => {
    const replies = await Promise.all(Array.from({ length: 30 }, (_, n) => send('out', n)));
    return replies.filter(({ reply }) => reply instanceof Error).length;
  });
  const policy = { retry: { attempts: 3, delay: '20ms' } };
  const nobody = { target: '127.0.0.1:1', name: 'default.b', port: 'in', ...policy };
  const graph = await runGraph([{ kind: 'many', name: 'a', ports: { out: [nobody] } }], [many]);

  // Node would warn of more than ten, which fails the test.
  expect(await graph.call('a', 1, { timeoutMs: 20_000 })).toBe(30);
});
