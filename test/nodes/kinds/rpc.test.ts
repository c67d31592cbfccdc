import { fileURLToPath } from 'node:url';
import {
  Code,
  connect,
  createServer,
  type HandlerContext,
  type Interceptor,
  loadServices,
  type Server,
  StatusError,
  silentLogger,
} from 'flowrpc';
import { reflection, reflectionClient } from 'flowrpc/services';
import { describe, expect, onTestFinished, test } from 'vitest';
import { deferred, handWritten, mapping, runGraph, to } from '../../graph/run-graph.ts';
import { place, placements } from '../../suites/placements.ts';

const proto = fileURLToPath(new URL('counting.proto', import.meta.url));
const Counting = (await loadServices(proto))['counting.v1.Counting']!;

interface Counted {
  readonly address: string;
  readonly server: Server;
  /** Why streams ended early. */
  readonly ends: string[];
  sent: number;
}

/** A service of all four kinds on a real socket. */
async function counting({ reflects = true } = {}): Promise<Counted> {
  const state = { ends: [] as string[], sent: 0 };
  const server = createServer({ logger: silentLogger });
  if (reflects) server.add(reflection());
  server.add(Counting, {
    double: ({ n }: { n: number }, { metadata, header, trailer }: HandlerContext) => {
      if (n < 0) throw new StatusError(Code.OUT_OF_RANGE, 'Below zero');
      header.set('x-first', 'h');
      trailer.set('x-last', metadata.get('x-tenant') ?? 'nobody');
      return { n: n * 2 };
    },
    count: async function* ({ n }: { n: number }, { signal }: HandlerContext) {
      signal.addEventListener('abort', () => state.ends.push((signal.reason as { kind: string }).kind));
      for (let i = 1; i <= n; i++) {
        state.sent = i;
        yield { n: i };
      }
    },
    sum: async (requests: AsyncIterable<{ n: number }>) => {
      let n = 0;
      for await (const one of requests) n += one.n;
      return { n };
    },
    running: async function* (requests: AsyncIterable<{ n: number }>) {
      let n = 0;
      for await (const one of requests) yield { n: (n += one.n) };
    },
    hang: (_request: unknown, { signal }: HandlerContext) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          state.ends.push((signal.reason as { kind: string }).kind);
          reject(signal.reason as Error);
        });
      }),
  } as never);
  onTestFinished(async () => void (await server.close({ graceMs: 50 })));
  const { address } = await server.listen('127.0.0.1:0');
  return Object.assign(state, { address, server });
}

const call = (target: string, method: string, more: object = {}) => ({
  kind: 'rpc',
  name: 'ask',
  target,
  service: 'counting.v1.Counting',
  method,
  ...more,
});

describe.each(placements)('rpc: %s edges', (placement) => {
  test('all four kinds of methods', async () => {
    const { address } = await counting();
    const nodes = ['Double', 'Count', 'Sum', 'Running'].flatMap((method) => [
      { ...call(address, method), name: method },
      { kind: 'echo', name: `to${method}`, ports: to({ out: method }) },
    ]);
    const echo = mapping('echo', (payload) => payload);
    const placed = await place(placement, nodes, { far: ['Double', 'Count', 'Sum', 'Running'], kinds: [echo] });

    expect(await placed.call('toDouble', { n: 4 })).toEqual({ n: 8 });
    expect(await placed.call('toCount', { n: 3 })).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
    expect(await placed.call('toSum', [{ n: 1 }, { n: 2 }])).toEqual({ n: 3 });
    expect(await placed.call('toRunning', [{ n: 1 }, { n: 2 }])).toEqual([{ n: 1 }, { n: 3 }]);
  });

  test('a failure goes to error with its code, and replaces the reply', async () => {
    const { address } = await counting();
    const { call: ask } = await place(
      placement,
      [call(address, 'Double', { ports: to({ error: 'code' }) }), { kind: 'codeOf', name: 'code' }],
      { far: ['ask'], kinds: [mapping('codeOf', (error: StatusError) => error.code)] },
    );

    expect(await ask('ask', { n: -1 })).toBe(Code.OUT_OF_RANGE);
  });

  test('a cancel and the deadline of the run reach the method', async () => {
    const { address, ends } = await counting();
    const { call: ask } = await place(placement, [call(address, 'Hang')], { far: ['ask'] });
    await expect(ask('ask', {}, { timeoutMs: 300 })).rejects.toMatchObject({ code: Code.DEADLINE_EXCEEDED });
    await expect.poll(() => ends.length).toBe(1);

    const going = new AbortController();
    const asked = ask('ask', {}, { signal: going.signal });
    setTimeout(() => going.abort(), 200);

    await expect(asked).rejects.toMatchObject({ code: Code.CANCELLED });
    await expect.poll(() => ends.at(-1)).toBe('client-gone');
  });
});

describe('rpc: responses: each', () => {
  test('every response is a packet, in order; the reply is how many there were', async () => {
    const { address } = await counting();
    const seen: unknown[] = [];
    const graph = await runGraph(
      [call(address, 'Count', { responses: 'each', ports: to({ out: 'take' }) }), { kind: 'take', name: 'take' }],
      [mapping('take', ({ n }: { n: number }) => seen.push(n))],
    );

    expect(await graph.call('ask', { n: 200 })).toBe(200);
    expect(seen).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
  });

  test('whoever handles them slowly slows the method down', async () => {
    const counted = await counting();
    const waiting: (() => void)[] = [];
    const graph = await runGraph(
      [
        call(counted.address, 'Count', { responses: 'each', ports: to({ out: 'slow' }) }),
        { kind: 'slow', name: 'slow' },
      ],
      [
        handWritten('slow', (_packet, context) => {
          // Lets the next one start.
          void context.send('out', null);
          return new Promise<null>((resolve) => waiting.push(() => resolve(null)));
        }),
      ],
    );
    const asked = graph.call('ask', { n: 100_000 }, { timeoutMs: 60_000 });
    asked.catch(() => {});
    await expect.poll(() => waiting.length).toBe(64);
    await new Promise((resolve) => setTimeout(resolve, 300));

    // What is on its way in buffers of both sides is bounded.
    expect(waiting.length).toBe(64);
    expect(counted.sent).toBeLessThan(50_000);
    await graph.close({ graceMs: 0 });
    await expect(asked).rejects.toThrow();
  });

  test('an error of a target ends the stream and is the error', async () => {
    const { address, ends } = await counting();
    const graph = await runGraph(
      [call(address, 'Count', { responses: 'each', ports: to({ out: 'fussy' }) }), { kind: 'fussy', name: 'fussy' }],
      [
        mapping('fussy', ({ n }: { n: number }) => {
          if (n === 3) throw new StatusError(Code.ABORTED, 'No threes');
          return null;
        }),
      ],
    );

    await expect(graph.call('ask', { n: 1_000_000 }, { timeoutMs: 20_000 })).rejects.toMatchObject({
      code: Code.ABORTED,
    });
    await expect.poll(() => ends).toEqual(['client-gone']);
  });
});

describe('rpc: streams through', () => {
  test('InStream of a node in front of a bidi method passes messages as they come', async () => {
    const { address } = await counting();
    const server = createServer({ logger: silentLogger }).add(reflection());
    onTestFinished(async () => void (await server.close({ graceMs: 0 })));
    await runGraph([call(address, 'Running', { proto })], [], { server });
    await using channel = connect((await server.listen('127.0.0.1:0')).address);
    const service = await reflectionClient(channel).service('default.ask');
    const next: ((value: unknown) => void)[] = [];
    const client = channel.client(service) as unknown as {
      inStream(requests: AsyncIterable<unknown>): AsyncIterable<unknown>;
    };
    const number = (n: number) => ({
      kind: { case: 'structValue', value: { fields: { n: { kind: { case: 'numberValue', value: n } } } } },
    });
    // The second request is sent once the first was answered.
    const requests = (async function* () {
      yield number(1);
      await new Promise((resolve) => next.push(resolve));
      yield number(2);
    })();
    const got: unknown[] = [];

    for await (const message of client.inStream(requests)) {
      got.push(
        (message as { kind: { value: { fields: { n: { kind: { value: number } } } } } }).kind.value.fields.n.kind.value,
      );
      next.shift()?.(undefined);
    }

    expect(got).toEqual([1, 3]);
  });
});

describe('rpc: metadata', () => {
  test('its own, and listed keys of the run; nothing else', async () => {
    const { address } = await counting();
    const graph = await runGraph([
      { ...call(address, 'Double', { withMetadata: true, metadata: { 'x-tenant': 'own' } }), name: 'own' },
      { ...call(address, 'Double', { withMetadata: true, forward: ['X-Tenant'] }), name: 'passed' },
      { ...call(address, 'Double', { withMetadata: true }), name: 'none' },
    ]);
    const trailer = async (node: string, payload: object = { request: { n: 1 } }) =>
      ((await graph.call(node, payload, { metadata: { 'x-tenant': 'run' } })) as { trailer: Record<string, unknown> })
        .trailer['x-last'];

    expect(await trailer('own')).toEqual(['own']);
    expect(await trailer('passed')).toEqual(['run']);
    expect(await trailer('none')).toEqual(['nobody']);
    expect(await trailer('none', { request: { n: 1 }, metadata: { 'x-tenant': 'payload' } })).toEqual(['payload']);
  });

  test('header and trailer are part of the output', async () => {
    const { address } = await counting();
    const graph = await runGraph([call(address, 'Double', { withMetadata: true })]);

    expect(await graph.call('ask', { request: { n: 1 } })).toEqual({
      response: { n: 2 },
      header: { 'x-first': ['h'] },
      trailer: { 'x-last': ['nobody'] },
    });
    await expect(graph.call('ask', { n: 1 })).rejects.toThrow('wanted { request, metadata }');
    await expect(graph.call('ask', { request: {}, metadata: { 'grpc-status': '0' } })).rejects.toMatchObject({
      code: Code.INVALID_ARGUMENT,
    });
  });
});

describe('rpc: bounds', () => {
  test('a list of responses is bounded, and the stream ended', async () => {
    const { address, ends } = await counting();
    const graph = await runGraph([call(address, 'Count', { maxResponses: 10 })]);

    await expect(graph.call('ask', { n: 1_000_000 })).rejects.toMatchObject({ code: Code.RESOURCE_EXHAUSTED });
    await expect.poll(() => ends).toEqual(['client-gone']);
  });

  test('timeout bounds a single call', async () => {
    const { address } = await counting();
    const graph = await runGraph([call(address, 'Hang', { timeout: '100ms' })]);

    await expect(graph.call('ask', {}, { timeoutMs: 20_000 })).rejects.toMatchObject({ code: Code.DEADLINE_EXCEEDED });
  });

  test.each([
    [{ responses: 'all' }, 'one of list, each'],
    [{ timeout: 0 }, 'a duration above zero'],
    [{ forward: ['flowrpc-process'] }, 'a list of metadata keys'],
    [{ responses: 'each', withMetadata: true }, 'responses: list'],
  ])('a field that is wrong is a problem: %o', async (fields, wanted) => {
    await expect(runGraph([call('127.0.0.1:1', 'Double', fields)])).rejects.toThrow(wanted);
  });

  test.each([
    [{ proto: 'nowhere.proto' }, 'nowhere.proto'],
    [{ proto, service: 'counting.v1.Countin' }, 'did you mean "counting.v1.Counting"'],
    [{ proto, method: 'Dubble' }, 'has no method "Dubble"'],
  ])('what a proto file does not have is a problem when the spec loads: %o', async (fields, wanted) => {
    await expect(runGraph([call('127.0.0.1:1', 'Double', fields)])).rejects.toThrow(wanted);
  });

  test('a message that does not fit is INVALID_ARGUMENT, and nothing is sent', async () => {
    const { address } = await counting();
    const graph = await runGraph([call(address, 'Double', { proto })]);

    await expect(graph.call('ask', { m: 1 })).rejects.toMatchObject({ code: Code.INVALID_ARGUMENT });
  });
});

describe('rpc: a service that comes while it is looked for', () => {
  test.each([
    ['between the two questions of the look', 1],
    ['after the look that a call has joined', 2],
  ])('%s is found', async (_when, held) => {
    const gate = deferred();
    const asked = deferred();
    let answers = 0;
    // What reflection knew then is held back.
    const hold: Interceptor = (call, next) =>
      next(
        call.mapResponses(async (message) => {
          answers += 1;
          if (answers === held) {
            asked.resolve();
            await gate.promise;
          }
          return message;
        }),
      );
    const server = createServer({ logger: silentLogger });
    const { service, handlers, attach } = reflection()[0]!;
    server.add({ service, handlers, options: { interceptors: [hold] }, ...(attach && { attach }) });
    onTestFinished(async () => void (await server.close({ graceMs: 0 })));
    const { address } = await server.listen('127.0.0.1:0');
    const graph = await runGraph([call(address, 'Double')]);
    await asked.promise;

    const reply = graph.call('ask', { n: 2 });
    server.add(Counting, { double: ({ n }: { n: number }) => ({ n: n * 2 }) } as never);
    gate.resolve();

    expect(await reply).toEqual({ n: 4 });
  });
});
