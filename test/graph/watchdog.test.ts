import type { Logger } from 'flowrpc';
import { expect, test } from 'vitest';
import { deferred, handWritten, runGraph, to } from './run-graph.ts';

interface Line {
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>> | undefined;
}

function warnings(): { lines: Line[]; logger: Logger } {
  const lines: Line[] = [];
  const ignore = (): void => {};
  const warn = (message: string, fields?: Readonly<Record<string, unknown>>): void =>
    void lines.push({ message, fields });
  return { lines, logger: { debug: ignore, info: ignore, warn, error: ignore } };
}

const flood = handWritten('flood', async ({ payload }, { send }) => {
  await Promise.all(Array.from({ length: Number(payload) }, (_, n) => send('out', n)));
  return 'done';
});

/** Answers once it is told to. */
function held(): { kind: ReturnType<typeof handWritten>; release: () => void } {
  const { promise, resolve } = deferred();
  return { kind: handWritten('held', async () => await promise), release: resolve };
}

const nodes = [
  { kind: 'flood', name: 'f', ports: to({ out: 'h' }) },
  { kind: 'held', name: 'h' },
];

test('an edge whose first packet waits too long is named, once, in the log and by the graph (#35)', async () => {
  const { lines, logger } = warnings();
  const { kind, release } = held();
  const graph = await runGraph(nodes, [flood, kind], { logger, watchdogMs: 20 });

  const call = graph.call('f', 13);
  await expect.poll(() => lines.length).toBe(1);
  const [blocked] = graph.blocked;
  await expect.poll(() => graph.blocked[0]?.waitedMs).toBeGreaterThan(100);

  expect(blocked).toMatchObject({ edge: 'default.f/out → default.h/in', packets: 12 });
  expect(blocked!.process).toBe([...graph.processes][0]!.id);
  expect(lines).toHaveLength(1);
  expect(lines[0]!.message).toMatch(/^edge "default.f\/out → default.h\/in" has held 12 packets for [\d.]+ s$/);
  expect(lines[0]!.fields).toMatchObject({ edge: blocked!.edge, packets: 12, process: blocked!.process });
  release();
  expect(await call).toBe('done');
  expect(graph.blocked).toEqual([]);
});

test('packets that a full window keeps back are named by the edge they would leave by', async () => {
  const { lines, logger } = warnings();
  const { kind, release } = held();
  const relay = handWritten('relay', async (packet, { send }) => (await send('out', packet)).reply);
  const graph = await runGraph(
    [
      { kind: 'flood', name: 'f', ports: to({ out: ['r', 'r'] }) },
      { kind: 'relay', name: 'r', ports: to({ out: 'h' }) },
      { kind: 'held', name: 'h' },
    ],
    [flood, kind, relay],
    { logger, watchdogMs: 20, limits: { window: 2 } },
  );

  const call = graph.call('f', 5);
  await expect
    .poll(() => lines.map(({ message }) => message.replace(/[\d.]+ s$/, 'SOME s')).sort())
    .toEqual(
      [
        'edge "default.f/out → default.r/in +1 more" has held 3 packets for SOME s',
        'edge "default.r/out → default.h/in" has held 3 packets for SOME s',
      ].sort(),
    );
  release();
  expect(await call).toBe('done');
});

test('packets that flow, however many, and a handler that takes its time are not blocked', async () => {
  const { lines, logger } = warnings();
  const { kind, release } = held();
  const graph = await runGraph(nodes, [flood, kind], { logger, watchdogMs: 10 });

  const call = graph.call('f', 1);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(graph.blocked).toEqual([]);
  release();
  await call;
  await graph.call('f', 100);

  expect(lines).toEqual([]);
});

test('a process that ends leaves nothing behind that counts as blocked, and no timer', async () => {
  const { lines, logger } = warnings();
  const { kind } = held();
  const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const before = timers();
  const graph = await runGraph(nodes, [flood, kind], { logger, watchdogMs: 20 });

  await expect(graph.call('f', 13, { timeoutMs: 100 })).rejects.toThrow('Deadline exceeded');

  expect(graph.blocked).toEqual([]);
  expect(lines).toHaveLength(1);
  expect(timers()).toBeLessThanOrEqual(before);
});

test('turned off, it says nothing', async () => {
  const { lines, logger } = warnings();
  const { kind } = held();
  const graph = await runGraph(nodes, [flood, kind], { logger, watchdogMs: Number.POSITIVE_INFINITY });

  await expect(graph.call('f', 13, { timeoutMs: 60 })).rejects.toThrow('Deadline exceeded');

  expect(lines).toEqual([]);
});
