import {
  Code,
  connect,
  createServer,
  type Interceptor,
  inProcess,
  type Server,
  StatusError,
  silentLogger,
} from 'flowrpc';
import type { GraphOptions, Hop } from 'flowrpc/graph';
import { defineKind, none, oneToOne } from 'flowrpc/nodes';
import { reflection } from 'flowrpc/services';
import { describe, expect, onTestFinished, test } from 'vitest';
import { greeterProto, greeterServer } from '../nodes/greeter.ts';
import { deferred, handWritten, mapping, runGraph, to } from './run-graph.ts';

const relay = handWritten('relay', async (packet, { send }) => (await send('out', packet)).reply);

/** Listens until the test ends. */
async function listening(server: Server): Promise<string> {
  onTestFinished(async () => void (await server.close({ graceMs: 50 })));
  return (await server.listen('127.0.0.1:0')).address;
}

/** A relay whose edge leads to a node `b`, in the same graph or in that of another server. */
async function pair(
  where: 'local' | 'remote',
  kind: ReturnType<typeof handWritten>,
  policy: object = {},
  options: Partial<GraphOptions> = {},
): Promise<{ call: (payload: unknown, options?: object) => Promise<unknown> }> {
  if (where === 'local') {
    const graph = await runGraph(
      [
        { kind: 'relay', name: 'a', ports: { out: [{ name: 'b', port: 'in', ...policy }] } },
        { kind: kind.kind, name: 'b' },
      ],
      [relay, kind],
      options,
    );
    return { call: (payload, rest) => graph.call('a', payload, rest) };
  }
  const server = createServer({ logger: silentLogger }).add(reflection());
  await runGraph([{ kind: kind.kind, name: 'b' }], [kind], { server });
  const target = await listening(server);
  const graph = await runGraph(
    [{ kind: 'relay', name: 'a', ports: { out: [{ target, name: 'default.b', port: 'in', ...policy }] } }],
    [relay],
    options,
  );
  return { call: (payload, rest) => graph.call('a', payload, rest) };
}

describe.each(['local', 'remote'] as const)('a %s edge', (where) => {
  test('carries every kind of value, no response and errors', async () => {
    const answer = handWritten('answer', ({ payload }) => {
      if (payload === 'none') return none;
      if (payload === 'throw') throw new Error('boom');
      if (payload === 'code') throw new StatusError(Code.NOT_FOUND, 'gone');
      return payload;
    });
    const { call } = await pair(where, answer);
    const values = [null, true, 1.5, 2n ** 64n - 1n, '', 'x', new Uint8Array([0, 255]), [], {}, { a: [{ b: null }] }];

    for (const value of values) expect(await call(value)).toEqual(value);
    expect(await call('none')).toBe(none);
    await expect(call('throw')).rejects.toMatchObject({ code: Code.UNKNOWN, statusMessage: 'boom' });
    await expect(call('code')).rejects.toMatchObject({ code: Code.NOT_FOUND, statusMessage: 'gone' });
  });

  test('with a timeout ends at it, and the target sees it', async () => {
    const seen = deferred<{ left: number; reason: unknown }>();
    const slow = handWritten('slow', async (_packet, { deadline, signal }) => {
      const left = deadline - Date.now();
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      seen.resolve({ left, reason: (signal.reason as StatusError).code });
      return 'late';
    });
    const { call } = await pair(where, slow, { timeout: '150ms' });

    await expect(call(null, { timeoutMs: 10_000 })).rejects.toMatchObject({ code: Code.DEADLINE_EXCEEDED });
    const { left, reason } = await seen.promise;
    expect(left).toBeLessThanOrEqual(150);
    // A remote peer may learn first that its caller is gone.
    expect([Code.DEADLINE_EXCEEDED, Code.CANCELLED]).toContain(reason);
  });

  test('with a reserve gives the target less, and is not taken below its minimum', async () => {
    let runs = 0;
    const look = handWritten('look', (_packet, { deadline }) => {
      runs += 1;
      return deadline;
    });
    const { call } = await pair(where, look, { reserve: '1s', minimum: '1s' });
    const deadline = Date.now() + 10_000;

    expect(Number(await call(null, { deadline }))).toBeLessThanOrEqual(deadline - 1_000 + 50);
    await expect(call(null, { timeoutMs: 1_500 })).rejects.toMatchObject({
      code: Code.DEADLINE_EXCEEDED,
      statusMessage: expect.stringMatching(
        /^The edge to .* was not taken: \d+ ms are left after 1000 ms kept back, wanted 1000 ms or more$/,
      ),
    });
    expect(runs).toBe(1);
  });

  test('repeats the listed codes only where the target may be asked twice', async () => {
    let runs = 0;
    const flaky = handWritten('flaky', ({ payload }) => {
      runs += 1;
      if (runs < 3) throw new StatusError(Code.ABORTED, 'again');
      return payload;
    });
    const retry = { attempts: 3, codes: ['ABORTED'], delay: '1ms' };
    const once = await pair(where, flaky, { retry });
    await expect(once.call('x')).rejects.toMatchObject({ code: Code.ABORTED });
    expect(runs).toBe(1);

    runs = 0;
    const twice = await pair(where, flaky, { retry, idempotent: true });
    expect(await twice.call('x')).toBe('x');
    expect(runs).toBe(3);
  });

  test('forwards the metadata it lists and no other', async () => {
    const look = defineKind({
      kind: 'look',
      setup: () => ({
        async process(_packet, _context) {
          const { current } = await import('flowrpc');
          const { metadata } = current()!;
          return [metadata.get('x-tenant') ?? null, metadata.get('authorization') ?? null];
        },
      }),
    });
    const { call } = await pair(where, look, { forward: ['x-tenant'] });

    const reply = await call(null, { metadata: { 'x-tenant': 'blue', authorization: 'secret' } });

    expect(reply).toEqual(['blue', null]);
  });

  test('takes interceptors, which see request, reply and status', async () => {
    const seen: unknown[] = [];
    const watch: Interceptor = async (call, next) => {
      const status = await next(
        call
          .mapRequests((message) => {
            seen.push(message);
            return `${message}+`;
          })
          .mapResponses((message) => [message]),
      );
      seen.push(call.method.path, status.code);
      return status;
    };
    const answer = handWritten('answer', ({ payload }) => {
      if (payload === 'fail+') throw new StatusError(Code.ABORTED, 'no');
      return payload;
    });
    const { call } = await pair(where, answer, {}, { interceptors: [watch] });

    expect(await call('x')).toEqual(['x+']);
    await expect(call('fail')).rejects.toMatchObject({ code: Code.ABORTED });
    expect(seen.filter((entry) => !String(entry).includes('Reflection'))).toEqual([
      'x',
      '/default.b/In',
      Code.OK,
      'fail',
      '/default.b/In',
      Code.ABORTED,
    ]);
  });

  test('passes a cancel on within 100 ms #46', async () => {
    const started = deferred();
    const cancelled = deferred<number>();
    const wait = handWritten('wait', async (_packet, { signal }) => {
      started.resolve();
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      cancelled.resolve(performance.now());
    });
    const { call } = await pair(where, wait, { timeout: '30s' });
    const stop = new AbortController();

    const reply = call(null, { signal: stop.signal });
    await started.promise;
    const at = performance.now();
    stop.abort();

    await expect(reply).rejects.toMatchObject({ code: Code.CANCELLED });
    expect((await cancelled.promise) - at).toBeLessThan(100);
  });
});

test('local edges with a policy stay within the process', async () => {
  const ids: string[] = [];
  const id = handWritten('id', async (packet, { process, send }) => {
    ids.push(process.id);
    return (await send('out', packet)).reply;
  });
  const graph = await runGraph(
    [
      { kind: 'id', name: 'a', ports: { out: [{ name: 'b', port: 'in', timeout: '1s' }] } },
      { kind: 'id', name: 'b' },
    ],
    [id],
  );

  await graph.call('a', null);

  expect(new Set(ids).size).toBe(1);
  expect(ids).toHaveLength(2);
});

test('a remote edge whose peer is down gives UNAVAILABLE, is repeated, and works once the peer is up', async () => {
  const spare = createServer({ logger: silentLogger });
  const { port } = await spare.listen('127.0.0.1:0');
  await spare.close();
  const graph = await runGraph(
    [
      {
        kind: 'relay',
        name: 'a',
        ports: { out: [{ target: `127.0.0.1:${port}`, name: 'default.b', port: 'in', timeout: '5s' }] },
      },
    ],
    [relay],
  );

  await expect(graph.call('a', 1)).rejects.toMatchObject({ code: Code.UNAVAILABLE });

  const server = createServer({ logger: silentLogger });
  await runGraph(
    [
      { kind: 'relay', name: 'b', ports: to({ out: 'c' }) },
      { kind: 'echo', name: 'c' },
    ],
    [relay, mapping('echo', (payload) => payload)],
    { server },
  );
  onTestFinished(async () => void (await server.close({ graceMs: 50 })));
  await server.listen(`127.0.0.1:${port}`);

  // No reflection here: the target is taken for a node.
  await expect.poll(() => graph.call('a', 1).catch(() => undefined), { timeout: 10_000 }).toBe(1);
});

test('a retry repeats what no peer accepted, also where the target may not be asked twice', async () => {
  const spare = createServer({ logger: silentLogger });
  const { port } = await spare.listen('127.0.0.1:0');
  await spare.close();
  const retry = { attempts: 50, delay: '20ms' };
  const graph = await runGraph(
    [
      {
        kind: 'relay',
        name: 'a',
        ports: { out: [{ target: `127.0.0.1:${port}`, name: 'default.b', port: 'in', retry }] },
      },
    ],
    [relay],
  );
  const server = createServer({ logger: silentLogger });
  let runs = 0;
  await runGraph([{ kind: 'count', name: 'b' }], [mapping('count', () => ++runs)], { server });
  onTestFinished(async () => void (await server.close({ graceMs: 50 })));

  const reply = graph.call('a', 1, { timeoutMs: 15_000 });
  await server.listen(`127.0.0.1:${port}`);

  expect(await reply).toBe(1);
  expect(runs).toBe(1);
});

test('two graphs that call each other end in the hop budget, without a deadlock (S-07)', async () => {
  const left = createServer({ logger: silentLogger });
  const right = createServer({ logger: silentLogger });
  const leftAt = await listening(left);
  const rightAt = await listening(right);
  const options = { limits: { hops: 6 } };
  const graph = await runGraph(
    [{ kind: 'relay', name: 'a', ports: { out: [{ target: rightAt, name: 'default.b', port: 'in' }] } }],
    [relay],
    { server: left, ...options },
  );
  await runGraph(
    [{ kind: 'relay', name: 'b', ports: { out: [{ target: leftAt, name: 'default.a', port: 'in' }] } }],
    [relay],
    { server: right, ...options },
  );

  const calls = Array.from({ length: 20 }, () => graph.call('a', 1).catch((error: StatusError) => error.code));

  expect(await Promise.all(calls)).toEqual(Array(20).fill(Code.FAILED_PRECONDITION));
});

describe.each(['reflection', 'proto'] as const)('a foreign service, described by %s', (by) => {
  const edge = async (port: string): Promise<(payload: unknown) => Promise<unknown>> => {
    const server = await greeterServer();
    if (by === 'reflection') server.add(reflection());
    const target = await listening(server);
    const graph = await runGraph(
      [
        {
          kind: 'relay',
          name: 'a',
          ports: {
            out: [{ target, name: 'helloworld.Greeter', port, ...(by === 'proto' && { proto: greeterProto }) }],
          },
        },
      ],
      [relay],
    );
    return (payload) => graph.call('a', payload);
  };

  test('is called with plain values in the JSON mapping', async () => {
    const call = await edge('SayHello');

    expect(await call({ name: 'Ada', big: 2n ** 60n, raw: new Uint8Array([33]), at: '1970-01-01T00:01:00Z' })).toEqual({
      message: 'Hello, Ada ! at 60',
      big: String(2n ** 60n),
    });
    await expect(call({ nmae: 'Ada' })).rejects.toMatchObject({ code: Code.INVALID_ARGUMENT });
    await expect(call(7)).rejects.toMatchObject({ code: Code.INVALID_ARGUMENT });
  });

  test('gives its errors as replies', async () => {
    const call = await edge('Fail');

    await expect(call({})).rejects.toMatchObject({ code: Code.NOT_FOUND, statusMessage: 'nobody of that name' });
  });

  test('that streams responses gives a list, and takes a list where it streams requests', async () => {
    expect(await (await edge('Count'))({ to: 3 })).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
    expect(await (await edge('Sum'))([{ n: 2 }, { n: 3 }])).toEqual({ n: 5 });
  });

  test('without that method gives UNIMPLEMENTED with a suggestion', async () => {
    const call = await edge('SayHelo');

    await expect(call({})).rejects.toMatchObject({
      code: Code.UNIMPLEMENTED,
      statusMessage: 'Service "helloworld.Greeter" has no method "SayHelo", did you mean "SayHello"?',
    });
  });
});

test('hops are told across processes and foreign services, with address, time left and status', async () => {
  const foreign = await listening((await greeterServer()).add(reflection()));
  const server = createServer({ logger: silentLogger }).add(reflection());
  await runGraph(
    [{ kind: 'relay', name: 'b', ports: { out: [{ target: foreign, name: 'helloworld.Greeter', port: 'SayHello' }] } }],
    [relay],
    { server },
  );
  const target = await listening(server);
  const graph = await runGraph(
    [{ kind: 'relay', name: 'a', ports: { out: [{ target, name: 'default.b', port: 'in' }] } }],
    [relay],
  );
  const hops: Hop[] = [];

  await graph.call('a', { name: 'Ada' }, { timeoutMs: 20_000, onHop: (hop) => hops.push(hop) });

  expect(hops.map(({ node, port, address, code }) => [node, port, address, code])).toEqual([
    ['helloworld.Greeter', 'SayHello', foreign, 'OK'],
    ['default.b', 'in', target, 'OK'],
    ['default.a', 'in', 'in-process', 'OK'],
  ]);
  for (const { remainingMs, durationMs } of hops) {
    expect(remainingMs).toBeGreaterThan(10_000);
    expect(remainingMs).toBeLessThanOrEqual(20_000);
    expect(durationMs).toBeGreaterThan(0);
  }
});

test('a local edge and a service of the node answer alike, through oneToOne too #55', async () => {
  const server = createServer({ logger: silentLogger });
  const inc = defineKind({ kind: 'inc', setup: () => oneToOne((n: number) => n + 1) });
  await runGraph(
    [
      { kind: 'inc', name: 'x', ports: to({ out: 'y' }) },
      { kind: 'inc', name: 'y' },
    ],
    [inc],
    { server },
  );
  await using channel = connect(inProcess(server));
  const client = channel.client(server.services.get('default.x')!) as unknown as {
    in(payload: number): Promise<number>;
  };

  expect(await client.in(1)).toBe(3);
});
