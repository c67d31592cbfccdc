import { Code, createServer, silentLogger } from 'flowrpc';
import { readSpecs, validateGraph } from 'flowrpc/graph';
import { kinds, none } from 'flowrpc/nodes';
import { describe, expect, onTestFinished, test } from 'vitest';
import { deferred, handWritten, mapping, runGraph, to } from '../../graph/run-graph.ts';
import { place, placements } from '../../suites/placements.ts';
import { greeter, greeterProto } from '../greeter.ts';

/** Nodes that answer when the test says so, and tell when they are cancelled. */
function answering() {
  const gates = new Map<string, { resolve: (value: unknown) => void }>();
  const cancelled: string[] = [];
  const kind = handWritten('answer', async (_, { node, signal }) => {
    const { promise, resolve } = deferred<unknown>();
    gates.set(node.name!, { resolve });
    signal.addEventListener('abort', () => {
      cancelled.push(node.name!);
      resolve('too late');
    });
    const value = await promise;
    if (value instanceof Error) throw value;
    return value;
  });
  const give = async (name: string, value: unknown): Promise<void> => {
    await expect.poll(() => gates.has(name)).toBe(true);
    gates.get(name)!.resolve(value);
  };
  return { kind, cancelled, give, gates };
}

const gather = (fields: object, ports: object = {}): object[] => [
  {
    kind: 'join',
    name: 'j',
    branches: 3,
    ...fields,
    ports: to({ 'branch[0]': 'a', 'branch[1]': 'b', 'branch[2]': 'c', ...ports }),
  },
  ...['a', 'b', 'c'].map((name) => ({ kind: 'answer', name })),
];

describe.each(placements)('join of branches: %s edges', (placement) => {
  test('no branch sees what another one makes of the payload', async () => {
    const kind = mapping('answer', (payload: { list: number[] }) => payload.list.push(1));
    const { call } = await place(placement, gather({}), { far: ['a', 'b', 'c'], kinds: [kind] });

    expect(await call('j', { list: [] })).toEqual([1, 1, 1]);
  });

  const start = async (fields: object, far: string[], ports: object = {}) => {
    const nodes = answering();
    const told = mapping('told', (payload: unknown) => ['told', payload instanceof Error ? payload.message : payload]);
    const specs = [...gather(fields, ports), { kind: 'told', name: 'told' }];
    const { call } = await place(placement, specs, { far, kinds: [nodes.kind, told] });
    return { ...nodes, call };
  };

  test('inner gives the replies of all, each in its place', async () => {
    const { call, give } = await start({}, ['b']);

    const reply = call('j', 1);
    await give('c', 'c');
    await give('a', null);
    await give('b', ['b']);

    expect(await reply).toEqual([null, ['b'], 'c']);
  });

  test('inner fails with the first error, and the rest is cancelled', async () => {
    const { call, give, gates, cancelled } = await start({}, ['c']);

    const reply = call('j', 1);
    await expect.poll(() => gates.size).toBe(3);
    await give('c', new Error('no'));

    await expect(reply).rejects.toThrow('no');
    await expect.poll(() => cancelled.sort()).toEqual(['a', 'b']);
  });

  test('any gives the first reply, errors before it do not count, and the rest is cancelled', async () => {
    const { call, give, cancelled } = await start({ mode: 'any' }, ['a', 'c']);

    const reply = call('j', 1);
    await give('a', new Error('no'));
    await give('c', 'first');

    expect(await reply).toBe('first');
    await expect.poll(() => cancelled).toEqual(['b']);
  });

  test('k gives as many as asked for, in the order of the branches', async () => {
    const { call, give, cancelled } = await start({ mode: 'k', k: 2 }, ['b', 'c']);

    const reply = call('j', 1);
    await give('c', 'C');
    await give('a', 'A');

    expect(await reply).toEqual(['A', 'C']);
    await expect.poll(() => cancelled).toEqual(['b']);
  });

  test('outer gives what came within its window, null for the rest, which is cancelled', async () => {
    const { call, give, cancelled, gates } = await start({ mode: 'outer', window: '400ms' }, ['b', 'c'], {
      out: 'told',
    });

    const reply = call('j', 1);
    await expect.poll(() => gates.size).toBe(3);
    await give('b', 'B');
    await give('a', new Error('no'));

    expect(await reply).toEqual(['told', [null, 'B', null]]);
    await expect.poll(() => cancelled).toEqual(['c']);
  });

  test('a window that closes too early is an error for `error`', async () => {
    const { call, cancelled } = await start({ mode: 'any', window: '100ms' }, ['c'], { error: 'told' });

    expect(await call('j', 1)).toEqual(['told', expect.stringContaining('0 of 3 came within 100 ms: wanted 1')]);
    await expect.poll(() => cancelled.length).toBe(3);
  });
});

describe('join of branches', () => {
  test('a call over a socket that is not needed any more ends with CANCELLED', async () => {
    const codes: string[] = [];
    const waiting = deferred();
    const server = createServer({ logger: silentLogger }).add(await greeter(), {
      sayHello: async (_: unknown, { signal }: { signal: AbortSignal }) => {
        waiting.resolve();
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        codes.push(signal.reason.kind as string);
        throw signal.reason;
      },
    } as never);
    onTestFinished(async () => void (await server.close({ graceMs: 50 })));
    const { address } = await server.listen('127.0.0.1:0');
    const graph = await runGraph(
      [
        { kind: 'join', name: 'j', mode: 'any', branches: 2, ports: to({ 'branch[0]': 'far', 'branch[1]': 'near' }) },
        {
          kind: 'rpc',
          name: 'far',
          target: address,
          service: 'helloworld.Greeter',
          method: 'SayHello',
          proto: greeterProto,
        },
        { kind: 'near', name: 'near' },
      ],
      [mapping('near', () => waiting.promise.then(() => 'near'))],
    );

    expect(await graph.call('j', { name: 'Ada' })).toBe('near');
    await expect.poll(() => codes).toEqual(['client-gone']);
  });

  test('a run that is cancelled cancels all branches and leaves nothing', async () => {
    const { kind, cancelled, gates } = answering();
    const graph = await runGraph(gather({ window: '1h' }), [kind]);
    const cancel = new AbortController();

    const reply = graph.call('j', 1, { signal: cancel.signal });
    await expect.poll(() => gates.size).toBe(3);
    cancel.abort();

    await expect(reply).rejects.toMatchObject({ code: Code.CANCELLED });
    expect(cancelled.sort()).toEqual(['a', 'b', 'c']);
    await expect.poll(() => graph.processes.size).toBe(0);
  });

  test('with a delay the next branch begins when the one before is slow or fails: hedging', async () => {
    const { kind, gates, give, cancelled } = answering();
    const graph = await runGraph(gather({ mode: 'any', delay: '1h' }), [kind]);

    const reply = graph.call('j', 1);
    await expect.poll(() => [...gates.keys()]).toEqual(['a']);
    await give('a', new Error('no'));
    await expect.poll(() => [...gates.keys()]).toEqual(['a', 'b']);
    await give('b', 'B');

    expect(await reply).toBe('B');
    expect(cancelled).toEqual([]);

    const hedged = await runGraph(gather({ mode: 'any', delay: '20ms' }), [kind]);
    gates.clear();
    const second = hedged.call('j', 1);
    await give('b', 'B2');
    expect(await second).toBe('B2');
    expect(cancelled).toContain('a');
  });

  test('fails with all errors once enough can not come any more', async () => {
    const { kind, give } = answering();
    const graph = await runGraph(gather({ mode: 'k', k: 2 }), [kind]);

    const reply = graph.call('j', 1);
    await give('a', new Error('no a'));
    await give('c', new Error('no c'));

    await expect(reply).rejects.toThrow('no a; no c');
  });

  test('a branch without an edge has no response, which is null in lists', async () => {
    const graph = await runGraph([
      { kind: 'join', name: 'j', branches: 2 },
      { kind: 'join', name: 'any', branches: 1, mode: 'any' },
    ]);

    expect(await graph.call('j', 1)).toEqual([null, null]);
    expect(await graph.call('any', 1)).toBe(none);
  });
});

describe.each(placements)('join of in-ports: %s edges', (placement) => {
  const send = handWritten(
    'send',
    async ({ payload }, { send }) => {
      const replies = await Promise.all(
        (payload as [string, unknown][]).map(async ([port, value]) => (await send(port, value)).reply),
      );
      const error = replies.find((reply) => reply instanceof Error);
      return error ?? replies.map((reply) => (reply === none ? 'none' : reply));
    },
    { outputs: ['a', 'b'] },
  );
  const start = async (fields: object) => {
    const { call } = await place(
      placement,
      [
        { kind: 'send', name: 's', ports: { a: [{ name: 'j', port: 'in[0]' }], b: [{ name: 'j', port: 'in[1]' }] } },
        { kind: 'join', name: 'j', inputs: 2, ...fields },
      ],
      { far: ['j'], kinds: [send] },
    );
    return (...packets: [string, unknown][]) => call('s', packets);
  };

  test('inner answers the last one that was needed with all of them, the others with no response', async () => {
    const join = await start({});

    const replies = (await join(['a', 1], ['b', 2], ['b', 3], ['a', 4])) as unknown[];

    expect(replies.filter((reply) => reply !== 'none')).toEqual([
      [1, 2],
      [4, 3],
    ]);
    expect(replies).toHaveLength(4);
  });

  test('any answers the first of each set', async () => {
    const join = await start({ mode: 'any' });

    expect(await join(['b', 1], ['a', 2], ['a', 3])).toEqual([1, 'none', 3]);
  });

  test('by puts together what has the same key', async () => {
    const join = await start({ by: 'self.id' });
    const of = (id: number, from: string) => ({ id, from });

    const replies = await join(['a', of(1, 'a')], ['a', of(2, 'a')], ['b', of(2, 'b')], ['b', of(1, 'b')]);

    const results = (replies as unknown[]).filter((reply) => reply !== 'none') as { id: number }[][];
    expect(results.sort(([one], [other]) => one!.id - other!.id)).toEqual([
      [of(1, 'a'), of(1, 'b')],
      [of(2, 'a'), of(2, 'b')],
    ]);
  });

  test('with a window the first one waits for the result', async () => {
    const join = await start({ window: '10s' });

    expect(await join(['a', 1], ['b', 2])).toEqual([[1, 2], 'none']);
  });

  test('outer gives what came when its window closes', async () => {
    const join = await start({ mode: 'outer', window: '80ms' });

    expect(await join(['b', 2])).toEqual([[null, 2]]);
  });

  test('inner that is not whole when its window closes is an error', async () => {
    const join = await start({ window: '80ms' });

    await expect(join(['b', 2])).rejects.toMatchObject({ code: Code.DEADLINE_EXCEEDED });
  });
});

describe('join of in-ports', () => {
  const many = handWritten(
    'many',
    async ({ payload }, { send }) => {
      let last: unknown = none;
      for (let n = 0; n < (payload as number); n++) last = (await send('a', n)).reply;
      return last;
    },
    { outputs: ['a'] },
  );
  const feeding = (mode: string) =>
    runGraph(
      [
        { kind: 'many', name: 'm', ports: { a: [{ name: 'j', port: 'in[0]' }] } },
        { kind: 'join', name: 'j', inputs: 2, mode },
      ],
      [many],
      { limits: { fanOut: 5_000 } },
    );

  test('refuses more sets than may be incomplete; those that gave their result make room', async () => {
    await expect((await feeding('inner')).call('m', 1_001)).rejects.toMatchObject({ code: Code.RESOURCE_EXHAUSTED });
    expect(await (await feeding('any')).call('m', 1_500)).toBe(1_499);
  });
});

describe('join fields', () => {
  test.each([
    [{ mode: 'outer' }, 'window'],
    [{ mode: 'k' }, 'k'],
    [{ k: 2 }, 'k'],
    [{ mode: 'k', k: 3, branches: 2 }, 'k'],
    [{ inputs: 2, branches: 2 }, 'inputs'],
    [{ delay: '1s', branches: 2 }, 'delay'],
    [{ by: 'self', branches: 2 }, 'by'],
    [{ mode: 'some' }, 'mode'],
    [{ branches: 0 }, 'branches'],
    [{ window: 'soon' }, 'window'],
  ])('refuses %j', (fields, field) => {
    const { specs } = readSpecs([{ kind: 'join', name: 'j', ...fields }]);

    expect(validateGraph(specs, { kinds })[0]?.message).toContain(`field "${field}"`);
  });
});
