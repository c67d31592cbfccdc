import { fileURLToPath } from 'node:url';
import { Code, createServer, type HandlerContext, loadServices, type Server, StatusError, silentLogger } from 'flowrpc';
import type { Graph } from 'flowrpc/graph';
import { reflection } from 'flowrpc/services';
import { describe, expect, onTestFinished, test } from 'vitest';
import { deferred, handWritten, mapping, runGraph, to } from '../../graph/run-graph.ts';
import { place, placements } from '../../suites/placements.ts';

const proto = fileURLToPath(new URL('counting.proto', import.meta.url));
const Counting = (await loadServices(proto))['counting.v1.Counting']!;

type Count = (request: { n: number }, context: HandlerContext) => AsyncIterable<{ n: number }>;

async function counting(count: Count, address = '127.0.0.1:0'): Promise<{ server: Server; address: string }> {
  const server = createServer({ logger: silentLogger }).add(reflection());
  server.add(Counting, { count } as never);
  onTestFinished(async () => void (await server.close({ graceMs: 0 })));
  return { server, address: (await server.listen(address)).address };
}

async function* forever({ n }: { n: number }, { signal }: HandlerContext): AsyncGenerator<{ n: number }> {
  for (let i = 1; i <= n; i++) yield { n: i };
  await new Promise((resolve) => signal.addEventListener('abort', resolve));
}

const subscribe = (target: string, more: object = {}) => ({
  kind: 'subscribe',
  name: 'numbers',
  target,
  service: 'counting.v1.Counting',
  method: 'Count',
  backoff: { initial: '20ms', max: '50ms' },
  ...more,
});

interface Status {
  readonly state: string;
  readonly messages: number;
  readonly streams: number;
  readonly reason?: string;
}

function statusOf(graph: Graph): Status {
  return (graph.nodes.find(({ name }) => name === 'numbers')!.instance as unknown as { status: Status }).status;
}

describe.each(placements)('subscribe: %s edges', (placement) => {
  test('each message starts a process, in order', async () => {
    const seen: number[] = [];
    const { address } = await counting(forever);

    const { near } = await place(
      placement,
      [subscribe(address, { request: { n: 5 }, ports: to({ out: 'take' }) }), { kind: 'take', name: 'take' }],
      { far: ['take'], kinds: [mapping('take', ({ n }: { n: number }) => seen.push(n))] },
    );

    await expect.poll(() => seen.length).toBe(5);
    // Processes run beside each other; over edges of one runtime they begin and end as their messages came.
    expect([...seen].sort()).toEqual([1, 2, 3, 4, 5]);
    expect(statusOf(near)).toMatchObject({ state: 'subscribed', messages: 5, streams: 1 });
  });
});

describe('subscribe', () => {
  test('begins again when the stream ends or fails, and says where it goes on', async () => {
    const asked: number[] = [];
    const seen: number[] = [];
    const { address } = await counting(async function* ({ n }) {
      asked.push(n);
      yield { n: n + 1 };
      yield { n: n + 2 };
      if (asked.length === 1) throw new StatusError(Code.UNAVAILABLE, 'Moved');
      if (asked.length > 2) await new Promise(() => {});
    });

    const graph = await runGraph(
      [
        subscribe(address, { resume: { from: 'n', to: 'n' }, ports: to({ out: 'take' }) }),
        { kind: 'take', name: 'take' },
      ],
      [mapping('take', ({ n }: { n: number }) => seen.push(n))],
    );

    await expect.poll(() => seen).toEqual([1, 2, 3, 4, 5, 6]);
    expect(asked).toEqual([0, 2, 4]);
    expect(statusOf(graph)).toMatchObject({ state: 'subscribed', streams: 3, position: 6 });
  });

  test('what it would go on from is gone: it begins anew', async () => {
    const asked: number[] = [];
    const { address } = await counting(async function* ({ n }) {
      asked.push(n);
      if (n > 0) throw new StatusError(Code.OUT_OF_RANGE, 'Compacted');
      yield { n: 7 };
      if (asked.length > 1) await new Promise(() => {});
    });

    await runGraph([subscribe(address, { resume: { from: 'n', to: 'n' } })]);

    await expect.poll(() => asked).toEqual([0, 7, 0]);
  });

  test('a peer that is not up yet, and one that goes and comes back', async () => {
    const seen: number[] = [];
    const first = await counting(forever);
    const { address } = first;
    await first.server.close({ graceMs: 0 });
    const graph = await runGraph(
      [subscribe(address, { request: { n: 1 }, ports: to({ out: 'take' }) }), { kind: 'take', name: 'take' }],
      [mapping('take', ({ n }: { n: number }) => seen.push(n))],
    );
    await expect.poll(() => statusOf(graph).reason).toMatch(/UNAVAILABLE/);

    const second = await counting(forever, address);
    await expect.poll(() => seen.length, { timeout: 20_000 }).toBe(1);
    await second.server.close({ graceMs: 0 });
    await counting(forever, address);

    await expect.poll(() => seen.length, { timeout: 20_000 }).toBe(2);
  }, 60_000);

  test('slow processing slows the stream; as many run at once as concurrency says', async () => {
    let sent = 0;
    const gate = deferred();
    let running = 0;
    let most = 0;
    const { address } = await counting(async function* () {
      for (;;) {
        sent += 1;
        yield { n: sent };
      }
    });

    await runGraph(
      [subscribe(address, { concurrency: 3, ports: to({ out: 'slow' }) }), { kind: 'slow', name: 'slow' }],
      [
        handWritten('slow', async () => {
          running += 1;
          most = Math.max(most, running);
          await gate.promise;
          running -= 1;
          return null;
        }),
      ],
    );
    await expect.poll(() => running).toBe(3);
    await expect
      .poll(async () => {
        const before = sent;
        await new Promise((resolve) => setTimeout(resolve, 200));
        return sent - before;
      })
      .toBe(0);
    gate.resolve();

    await expect.poll(() => sent).toBeGreaterThan(100);
    expect(most).toBe(3);
  });

  test('end: stop leaves it at that', async () => {
    let streams = 0;
    const { address } = await counting(async function* () {
      streams += 1;
      yield { n: 1 };
    });

    const graph = await runGraph([subscribe(address, { end: 'stop' })]);

    await expect.poll(() => statusOf(graph).state).toBe('stopped');
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(streams).toBe(1);
  });

  test('closing the graph ends the stream', async () => {
    const ended = deferred();
    const { address } = await counting(async function* (_request, { signal }) {
      signal.addEventListener('abort', () => ended.resolve());
      yield { n: 1 };
      await new Promise(() => {});
    });
    const graph = await runGraph([subscribe(address)]);
    await expect.poll(() => statusOf(graph).messages).toBe(1);

    await graph.close({ graceMs: 0 });

    await ended.promise;
  });

  test('a node that takes its place goes on where it was', async () => {
    const asked: number[] = [];
    const { address } = await counting(async function* ({ n }, { signal }) {
      asked.push(n);
      yield { n: n + 1 };
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    });
    const { readSpecs } = await import('flowrpc/graph');
    const spec = (timeout: string) =>
      readSpecs([subscribe(address, { resume: { from: 'n', to: 'n' }, timeout })]).specs;
    const graph = await runGraph([subscribe(address, { resume: { from: 'n', to: 'n' } })]);
    await expect.poll(() => statusOf(graph).messages).toBe(1);

    await graph.update({ specs: spec('9s') });

    await expect.poll(() => asked).toEqual([0, 1]);
  });

  test('a method with one response is told in the status, and tried no more than slowly', async () => {
    const { server, address } = await counting(forever);
    server.replace(Counting, { double: (request: unknown) => request } as never);

    const graph = await runGraph([subscribe(address, { method: 'Double' })]);

    await expect.poll(() => statusOf(graph).reason).toMatch(/FAILED_PRECONDITION.*has one response/);
  });

  test.each([
    [{ resume: { from: 'n' } }, 'resume'],
    [{ request: 1, resume: { from: 'n', to: 'n' } }, 'wanted a mapping'],
    [{ concurrency: 0 }, 'concurrency'],
    [{ proto, method: 'Double' }, 'streams them'],
    [{ backoff: { initial: 'soon' } }, 'backoff'],
  ])('a field that is wrong is a problem: %o', async (fields, wanted) => {
    await expect(runGraph([subscribe('127.0.0.1:1', fields)])).rejects.toThrow(wanted);
  });
});
