import fc from 'fast-check';
import { Code, connect, type Interceptor, StatusError, statusFrom } from 'flowrpc';
import { dedupe } from 'flowrpc/interceptors';
import { defineKind, type NodeInstance, none } from 'flowrpc/nodes';
import { reflection } from 'flowrpc/services';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Dedupe } from '../../src/nodes/dedupe.ts';
import { greeterServer } from '../nodes/greeter.ts';
import { deferred, handWritten, runGraph } from './run-graph.ts';
import { at, runtime, type TestRuntime } from './runtimes.ts';

const relay = handWritten('relay', async (packet, { send }) => (await send('out', packet)).reply);

function idempotent(process: NodeInstance['process']) {
  return defineKind({ kind: 'work', idempotency: 'idempotent', setup: () => ({ process }) });
}

/** Loses the answer of each first attempt, after the node has done its work. */
function lossy(): { interceptor: Interceptor; ids: (string | undefined)[] } {
  const ids: (string | undefined)[] = [];
  const interceptor: Interceptor = async (call, next) => {
    const status = await next(call);
    if (call.method.node === undefined) return status;
    ids.push(call.metadata.get('flowrpc-packet'));
    return call.metadata.has('grpc-previous-rpc-attempts') ? status : statusFrom(Code.UNAVAILABLE, 'lost');
  };
  return { interceptor, ids };
}

describe('a packet that is sent again', () => {
  test('is executed once where idempotency is declared, and gets the same answer (P-06)', async () => {
    let runs = 0;
    const { interceptor, ids } = lossy();
    const work = idempotent(() => ++runs);
    const there = await runtimeBehind(interceptor, work);
    const graph = await runGraph(
      [{ kind: 'relay', name: 'a', ports: { out: [at(there, 'b', 'in', { retry: { attempts: 3, delay: '1ms' } })] } }],
      [relay],
    );

    expect(await graph.call('a', null)).toBe(1);
    expect(await graph.call('a', null)).toBe(2);

    expect(runs).toBe(2);
    expect(ids).toHaveLength(4);
    expect(new Set(ids).size).toBe(2);
    expect(ids).not.toContain(undefined);
  });

  test('is executed again when it failed: that is what the retry is for', async () => {
    let runs = 0;
    const there = await runtime(
      [{ kind: 'work', name: 'b' }],
      [
        idempotent(() => {
          if (++runs < 3) throw new StatusError(Code.ABORTED, 'again');
          return runs;
        }),
      ],
    );
    const retry = { attempts: 5, codes: ['ABORTED'], delay: '1ms' };
    const graph = await runGraph(
      [{ kind: 'relay', name: 'a', ports: { out: [at(there, 'b', 'in', { retry })] } }],
      [relay],
    );

    expect(await graph.call('a', null)).toBe(3);
  });

  test('while the first is under way waits for its answer (P-06)', async () => {
    let runs = 0;
    const gate = deferred();
    const there = await runtime(
      [{ kind: 'work', name: 'b' }],
      [
        idempotent(async () => {
          runs += 1;
          await gate.promise;
          return runs;
        }),
      ],
    );
    await using channel = connect(there.address);
    const { send } = client(channel, there);

    const replies = Promise.all([send('one'), send('one'), send('two')]);
    await expect.poll(() => runs).toBe(2);
    gate.resolve();

    expect(await replies).toEqual([2, 2, 2]);
    expect(runs).toBe(2);
    expect(await send('one')).toBe(2);
    expect(runs).toBe(2);
  });

  test('is executed again when the first was cut off with its caller', async () => {
    let runs = 0;
    const there = await runtime(
      [{ kind: 'work', name: 'b' }],
      [
        idempotent(async (_packet, { signal }) => {
          runs += 1;
          if (runs === 1) await new Promise((resolve) => signal.addEventListener('abort', resolve));
          return runs;
        }),
      ],
    );
    await using channel = connect(there.address);
    const { send } = client(channel, there);
    const stop = new AbortController();

    const first = send('one', stop.signal);
    await expect.poll(() => runs).toBe(1);
    const second = send('one');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(runs).toBe(1);
    stop.abort();

    await expect(first).rejects.toMatchObject({ code: Code.CANCELLED });
    expect(await second).toBe(2);
  });

  test('keeps "no response" and null apart', async () => {
    let runs = 0;
    const { interceptor } = lossy();
    const there = await runtimeBehind(
      interceptor,
      idempotent(({ payload }) => {
        runs += 1;
        return payload === 'none' ? none : null;
      }),
    );
    const graph = await runGraph(
      [{ kind: 'relay', name: 'a', ports: { out: [at(there, 'b', 'in', { retry: { attempts: 3, delay: '1ms' } })] } }],
      [relay],
    );

    expect(await graph.call('a', 'none')).toBe(none);
    expect(await graph.call('a', 'null')).toBe(null);
    expect(runs).toBe(2);
  });

  test('to a method that is no node’s has its id as an idempotency key, by which dedupe() there runs it once', async () => {
    let runs = 0;
    const keys: (string | undefined)[] = [];
    const lossy: Interceptor = async (call, next) => {
      if (call.method.service !== 'helloworld.Greeter') return next(call);
      keys.push(call.metadata.get('idempotency-key'));
      const status = await next(call);
      return call.metadata.has('grpc-previous-rpc-attempts') ? status : statusFrom(Code.UNAVAILABLE, 'lost');
    };
    const counted: Interceptor = (call, next) => {
      if (call.method.service === 'helloworld.Greeter') runs += 1;
      return next(call);
    };
    const server = await greeterServer({ interceptors: [lossy, dedupe(), counted] });
    onTestFinished(async () => void (await server.close({ graceMs: 50 })));
    const { address } = await server.add(reflection()).listen('127.0.0.1:0');
    const edge = {
      name: 'helloworld.Greeter',
      port: 'SayHello',
      idempotent: true,
      retry: { attempts: 3, delay: '1ms' },
    };
    const graph = await runGraph(
      [{ kind: 'relay', name: 'a', ports: { out: [{ target: address, ...edge }] } }],
      [relay],
    );

    await graph.call('a', { name: 'Ada' });

    expect(runs).toBe(1);
    expect(keys).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/), keys[0]]);
  });

  test('without a retry, or where nothing says that it may be asked twice, carries no id', async () => {
    const ids: (string | undefined)[] = [];
    const there = await runtime([{ kind: 'work', name: 'b' }], [handWritten('work', () => null)], {
      nodeInterceptors: [
        (call, next) => {
          ids.push(call.metadata.get('flowrpc-packet'));
          return next(call);
        },
      ],
    });
    for (const policy of [{}, { idempotent: true }, { retry: { attempts: 3 } }]) {
      const graph = await runGraph(
        [{ kind: 'relay', name: 'a', ports: { out: [at(there, 'b', 'in', policy)] } }],
        [relay],
      );
      await graph.call('a', null);
    }

    expect(ids).toEqual([undefined, undefined, undefined]);
  });
});

test('Dedupe keeps 10,000 answers and 16 MiB, whatever comes (P-06)', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(3_000_000), { minLength: 1, maxLength: 40 }), (sizes) => {
      const dedupe = new Dedupe();
      const text = (size: number): string => 'x'.repeat(size);
      for (const [index, size] of sizes.entries()) dedupe.run(String(index), undefined as never, () => text(size));
      let runs = 0;
      const last = dedupe.run(String(sizes.length - 1), undefined as never, () => ++runs);

      expect(last).toBe(text(sizes.at(-1)!));
      expect(runs).toBe(0);
      let kept = 0;
      for (const size of sizes.slice(-dedupe.size)) kept += size;
      expect(kept).toBeLessThanOrEqual(16 * 1024 * 1024);
    }),
    { numRuns: 50 },
  );
  const dedupe = new Dedupe();
  for (let i = 0; i < 12_000; i++) dedupe.run(String(i), undefined as never, () => i);
  expect(dedupe.size).toBe(10_000);
});

async function runtimeBehind(interceptor: Interceptor, kind: ReturnType<typeof idempotent>): Promise<TestRuntime> {
  return await runtime([{ kind: 'work', name: 'b' }], [kind], {
    nodeInterceptors: [],
    serverInterceptors: [interceptor],
  });
}

function client(channel: ReturnType<typeof connect>, { server }: TestRuntime) {
  const node = channel.client(server.services.get('default.b')!) as unknown as {
    in(payload: unknown, options: object): Promise<unknown>;
  };
  return {
    send: (id: string, signal?: AbortSignal) =>
      node.in(null, { metadata: { 'flowrpc-packet': id }, timeoutMs: 10_000, ...(signal && { signal }) }),
  };
}
