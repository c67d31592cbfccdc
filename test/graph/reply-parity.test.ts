import { fileURLToPath } from 'node:url';
import { badRequest, Code, type Interceptor, loadServices, StatusError } from 'flowrpc';
import type { Graph } from 'flowrpc/graph';
import { defineKind, type NodeKind, nodeOfError, none } from 'flowrpc/nodes';
import { describe, expect, test } from 'vitest';
import { handWritten, runGraph } from './run-graph.ts';
import { at, runtime } from './runtimes.ts';

/** Sends its payload on and tells what came back, as a sender tells it apart. */
const ask = handWritten('ask', async (packet, { send }) => described((await send('out', packet)).reply));

function described(reply: unknown): unknown {
  if (reply === none) return 'no response';
  if (!(reply instanceof Error)) return { value: reply };
  const { code, statusMessage, details, origin } = reply as StatusError;
  return {
    error: [Code[code as never] ?? code, statusMessage],
    node: nodeOfError(reply as StatusError) ?? null,
    details: details.map(({ typeUrl }) => typeUrl.slice(typeUrl.lastIndexOf('.') + 1)),
    origin,
  };
}

/** What a node does for each case. */
const answers: Readonly<Record<string, () => unknown>> = {
  value: () => ({ name: 'Ada', list: [1, 'two', null, true] }),
  null: () => null,
  'no response': () => none,
  nothing: () => undefined,
  'an empty object': () => ({}),
  'an empty list': () => [],
  'an empty text': () => '',
  zero: () => 0,
  false: () => false,
  bytes: () => new Uint8Array([1, 2, 3]),
  'no bytes': () => new Uint8Array(),
  'a large integer': () => 2n ** 60n,
  'not a number': () => Number.NaN,
  'a list with an error in it': () => [{ error: new Error('inner') }],
  'a thrown Error': () => {
    throw new Error('boom');
  },
  'a returned Error': () => new Error('boom'),
  'an error without a message': () => new Error(''),
  'a StatusError with details': () => {
    throw new StatusError(Code.INVALID_ARGUMENT, 'wrong', {
      details: [badRequest({ fieldViolations: [{ field: 'name', description: 'missing' }] })],
    });
  },
  'UNAVAILABLE of the node itself': () => {
    throw new StatusError(Code.UNAVAILABLE, 'closed for lunch');
  },
  'what is no value': () => new Date(0),
};

const answering = (perProcess: boolean): NodeKind =>
  defineKind({
    kind: 'answer',
    perProcess,
    setup: () => ({
      process: ({ payload }) =>
        payload instanceof Error ? { is: 'Error', message: payload.message } : answers[payload as string]!(),
    }),
  });

const passing: Interceptor = async (call, next) => await next(call);
type Open = (kind: NodeKind) => Promise<Graph>;

const local = (options: object): Open => {
  return (kind) =>
    runGraph(
      [
        { kind: 'ask', name: 'a', ports: { out: [{ name: 'b', port: 'in' }] } },
        { kind: kind.kind, name: 'b' },
      ],
      [ask, kind],
      options,
    );
};
const remote: Open = async (kind) => {
  const there = await runtime([{ kind: kind.kind, name: 'b' }], [kind]);
  return await runGraph([{ kind: 'ask', name: 'a', ports: { out: [at(there, 'b')] } }], [ask]);
};

const ways: readonly [string, boolean, Open][] = [
  ['a direct edge', false, local({})],
  ['a local call', false, local({ interceptors: [passing], nodeInterceptors: [passing] })],
  ['a remote call', false, remote],
  ['a remote stream', true, remote],
];

describe('a reply is the same for its sender over every edge', () => {
  test.each(Object.keys(answers))('%s #18 #22', async (name) => {
    const seen = new Map<string, unknown>();
    for (const [way, perProcess, open] of ways) {
      const graph = await open(answering(perProcess));
      seen.set(way, await graph.call('a', name));
    }

    const [direct] = seen.values();
    for (const [way, reply] of seen) expect(comparable(reply), way).toEqual(comparable(direct));
  });

  test('absent, null, empty and error are four things, also over two processes #18 #22', async () => {
    for (const [, perProcess, open] of ways) {
      const graph = await open(answering(perProcess));
      const replies = await Promise.all(
        ['no response', 'null', 'an empty text', 'an empty object', 'a thrown Error'].map((name) =>
          graph.call('a', name),
        ),
      );

      expect(replies).toEqual([
        'no response',
        { value: null },
        { value: '' },
        { value: {} },
        expect.objectContaining({ node: 'default.b', error: expect.arrayContaining(['boom']) }),
      ]);
    }
  });

  test('an Error goes there as an Error #18', async () => {
    const sender = handWritten('ask', async (_packet, { send }) => (await send('out', new Error('lost'))).reply);
    for (const perProcess of [false, true]) {
      const there = await runtime([{ kind: 'answer', name: 'b' }], [answering(perProcess)]);
      const graph = await runGraph([{ kind: 'ask', name: 'a', ports: { out: [at(there, 'b')] } }], [sender]);

      expect(await graph.call('a', null)).toEqual({ is: 'Error', message: 'lost' });
    }
  });

  test.each([false, true])(
    'a peer that is gone is a failure on the way, no answer (stream: %s) #18',
    async (perProcess) => {
      const there = await runtime([{ kind: 'answer', name: 'b' }], [answering(perProcess)]);
      const graph = await runGraph([{ kind: 'ask', name: 'a', ports: { out: [at(there, 'b')] } }], [ask]);
      expect(await graph.call('a', 'zero')).toEqual({ value: 0 });
      await there.server.close({ graceMs: 0 });

      expect(await graph.call('a', 'zero', { timeoutMs: 20_000 })).toMatchObject({
        error: [expect.anything(), expect.anything()],
        origin: 'local',
      });
    },
  );
});

test.each([false, true])(
  'who must not read messages of unknown errors reads none, as an edge neither (stream: %s)',
  async (perProcess) => {
    const there = await runtime([{ kind: 'answer', name: 'b' }], [answering(perProcess)], { exposeErrors: 'masked' });
    const graph = await runGraph([{ kind: 'ask', name: 'a', ports: { out: [at(there, 'b')] } }], [ask]);

    expect(await graph.call('a', 'a thrown Error')).toMatchObject({
      error: [expect.anything(), expect.stringMatching(/^Internal error \(error id \w+\)$/)],
    });
    expect(await graph.call('a', 'a StatusError with details')).toMatchObject({
      error: [expect.anything(), 'wrong'],
      details: ['BadRequest', 'ErrorInfo'],
    });
  },
);

const greeterProto = fileURLToPath(new URL('../nodes/greeter.proto', import.meta.url));
const typedAnswers: Readonly<Record<string, () => unknown>> = {
  Ada: () => ({ message: 'Hello', big: 5n }),
  'no response': () => none,
  'an empty message': () => ({}),
  'an error': () => {
    throw new StatusError(Code.NOT_FOUND, 'nobody', {
      details: [badRequest({ fieldViolations: [{ field: 'name', description: 'unknown' }] })],
    });
  },
};

/** A kind with messages at its in-port, which does what the name in the request says. */
async function typed(): Promise<(perProcess: boolean) => NodeKind> {
  const { 'helloworld.Greeter': greeter } = await loadServices(greeterProto);
  return (perProcess) =>
    defineKind({
      kind: 'typed',
      perProcess,
      types: { in: { request: 'helloworld.HelloRequest', response: 'helloworld.HelloReply' } },
      files: greeter!.files,
      setup: () => ({
        process({ payload }) {
          const { name } = payload as { name: string };
          return name === 'misfit' ? { message: 7 } : typedAnswers[name]!();
        },
      }),
    });
}

describe('a typed reply is the same for its sender over every edge', () => {
  test('one that does not fit its type is INTERNAL, and costs the packets behind it nothing', async () => {
    const kind = await typed();
    const two = handWritten('ask', async (_packet, { send }) =>
      (await Promise.all([send('out', { name: 'misfit' }), send('out', { name: 'an empty message' })])).map(
        ({ reply }) => (reply instanceof StatusError ? reply.code : reply),
      ),
    );
    for (const [way, perProcess] of ways) {
      if (!way.includes('remote')) continue;
      const there = await runtime([{ kind: 'typed', name: 'b' }], [kind(perProcess)]);
      const graph = await runGraph([{ kind: 'ask', name: 'a', ports: { out: [at(there, 'b')] } }], [two]);

      expect(await graph.call('a', null), way).toEqual([Code.INTERNAL, { message: '', big: '0' }]);
    }
  });

  test.each(Object.keys(typedAnswers))('%s', async (name) => {
    const kind = await typed();
    const seen = new Map<string, unknown>();
    for (const [way, perProcess, open] of ways) {
      const graph = await open(kind(perProcess));
      seen.set(way, await graph.call('a', { name }));
    }

    const [direct] = seen.values();
    for (const [way, reply] of seen) expect(comparable(reply), way).toEqual(comparable(direct));
  });
});

/** Where an error came about is not for its receiver to tell: a node here and a node there answer alike. */
function comparable(reply: unknown): unknown {
  return typeof reply === 'object' && reply !== null ? { ...reply, origin: undefined } : reply;
}
