import { Code, StatusError } from 'flowrpc';
import { defineKind, manyToOne, nodeOfError, none, oneToMany, oneToOne } from 'flowrpc/nodes';
import { expect, test } from 'vitest';
import { deferred, handWritten, mapping, runGraph, to } from './run-graph.ts';

/** What a function may give back or throw, and what its caller is told; undefined: a reply like any other. */
const gives: [string, () => unknown, { code?: number; message?: string | RegExp } | { reply: unknown }][] = [
  ['rejects', () => Promise.reject(new Error('boom')), { code: Code.UNKNOWN, message: 'boom' }],
  ['rejects with undefined', () => Promise.reject(undefined), { code: Code.UNKNOWN, message: 'undefined' }],
  ['rejects with null', () => Promise.reject(null), { code: Code.UNKNOWN, message: 'null' }],
  ['throws an object', () => raise({ code: 5 }), { code: Code.UNKNOWN }],
  ['throws an object without a text form', () => raise(Object.create(null)), { code: Code.UNKNOWN }],
  ['throws OK', () => raise(new StatusError(0 as never, 'ok')), { code: Code.UNKNOWN, message: 'ok' }],
  [
    'throws a code that is none',
    () => raise(new StatusError(99 as never, 'odd')),
    { code: Code.UNKNOWN, message: 'odd' },
  ],
  ['gives a function', () => () => {}, { code: Code.INVALID_ARGUMENT, message: /is a function/ }],
  ['gives a symbol', () => Symbol('x'), { code: Code.INVALID_ARGUMENT, message: /is a symbol/ }],
  ['gives a cycle', cycle, { code: Code.INVALID_ARGUMENT, message: /nested deeper than 100/ }],
  [
    'gives a date in a list',
    () => [1, [new Date(0)]],
    { code: Code.INVALID_ARGUMENT, message: /"\[1\]\[0\]" is a Date/ },
  ],
  ['gives what throws when it is read', throwing, { code: Code.UNKNOWN, message: 'read' }],
  ['settles as a thenable that resolves twice', () => thenable('settled'), { reply: 'settled' }],
  [
    'settles as a thenable that throws',
    () => ({ then: () => raise(new Error('then')) }),
    { code: Code.UNKNOWN, message: 'then' },
  ],
  ['settles as what throws when it is asked for then', thenThrows, { code: Code.UNKNOWN, message: 'asked' }],
  ['resolves to a promise-like of a list', async () => thenable([1]), { reply: [1] }],
];

test.each(gives)('a handler that %s answers its caller and stops nobody (P-08)', async (_what, give, told) => {
  const ways = {
    hand: handWritten('hand', give as never),
    one: mapping('one', give),
    many: defineKind({ kind: 'many', outputs: ['out[*]', 'error'], setup: () => oneToMany(() => inList(give())) }),
    join: defineKind({ kind: 'join', setup: () => manyToOne(give) }),
  };
  const names = Object.keys(ways);
  const graph = await runGraph(
    names
      .map((kind) => ({ kind, name: kind, ...(kind === 'many' && { ports: to({ 'out[0]': 'echo' }) }) }))
      .concat({ kind: 'echo', name: 'echo' }),
    [...Object.values(ways), mapping('echo', (payload) => payload)],
  );

  for (const name of names) {
    const outcome: unknown = await graph.call(name, 1).then(
      (reply) => ({ reply }),
      (error: StatusError) => error,
    );
    if ('reply' in told) expect(outcome, name).toEqual(told);
    else {
      expect(outcome, name).toBeInstanceOf(StatusError);
      expect((outcome as StatusError).code, name).toBe(told.code);
      if (told.message !== undefined) expect((outcome as StatusError).statusMessage, name).toMatch(told.message);
      expect(nodeOfError(outcome as StatusError), name).toBe(`default.${name}`);
    }
    expect(await graph.call('echo', name)).toBe(name);
  }
  expect(graph.processes.size).toBe(0);
});

test('a handler that throws after it has answered is not heard twice, and the process stays up (P-08)', async () => {
  const late = handWritten('late', async (_packet, { send }) => {
    void send('out', 1);
    setImmediate(() => send('nowhere', 1).catch(() => {}));
    return 'answered';
  });
  const graph = await runGraph([{ kind: 'late', name: 'l' }], [late]);

  expect(await graph.call('l', null)).toBe('answered');
  await new Promise((resolve) => setImmediate(resolve));
  expect(await graph.call('l', null)).toBe('answered');
});

test('a packet that poisons one node costs one error, and its neighbours handle all of theirs (P-01)', async () => {
  const stuck = deferred();
  let handled = 0;
  const picky = handWritten('picky', async ({ payload }) => {
    if (payload === 'poison') throw new Error('poisoned');
    if (payload === 'stuck') await stuck.promise;
    return payload;
  });
  const neighbour = mapping('neighbour', (payload) => {
    handled += 1;
    return payload;
  });
  const graph = await runGraph(
    [
      { kind: 'picky', name: 'p', ports: {} },
      { kind: 'relay', name: 'r', ports: to({ out: ['p', 'n'] }) },
      { kind: 'neighbour', name: 'n' },
    ],
    [picky, neighbour, handWritten('relay', async (packet, { send }) => (await send('out', packet)).reply)],
  );

  // One of them never ends while the others run.
  const held = graph.call('r', 'stuck');
  const outcomes = await Promise.all(
    Array.from({ length: 1_000 }, (_, n) =>
      graph.call(n % 2 === 0 ? 'r' : 'n', n % 4 === 0 ? 'poison' : n).then(
        () => 'ok',
        (error: StatusError) => `${nodeOfError(error)}: ${error.statusMessage}`,
      ),
    ),
  );
  stuck.resolve();

  expect(await held).toEqual(['stuck', 'stuck']);
  expect(handled).toBe(1_001);
  expect(outcomes.filter((outcome) => outcome === 'ok')).toHaveLength(750);
  expect(outcomes.filter((outcome) => outcome === 'default.p: poisoned')).toHaveLength(250);
});

test('a handler may send more once the replies of what it sent are in, before its own reply is released #34', async () => {
  const log: string[] = [];
  const first = deferred();
  const pipe = handWritten(
    'pipe',
    async (packet, { send }) => {
      const { reply } = await send('out[0]', packet);
      const { reply: last } = await send('out[1]', reply);
      log.push(`answers ${String(last)}`);
      return last;
    },
    { outputs: ['out[0]', 'out[1]'] },
  );
  const worker = mapping('worker', async (payload: string, { node }) => {
    if (payload === 'a') await first.promise;
    log.push(`${node.name} has ${payload}`);
    return `${payload}.${node.name}`;
  });
  const sender = handWritten('sender', async (_packet, { send }) => {
    const sends = ['a', 'b'].map((payload) =>
      send('out', payload).then(({ reply }) => log.push(`got ${String(reply)}`)),
    );
    await new Promise((resolve) => setImmediate(resolve));
    first.resolve();
    await Promise.all(sends);
    return none;
  });
  const graph = await runGraph(
    [
      { kind: 'sender', name: 's', ports: to({ out: 'p' }) },
      { kind: 'pipe', name: 'p', ports: to({ 'out[0]': 'one', 'out[1]': 'two' }) },
      { kind: 'worker', name: 'one' },
      { kind: 'worker', name: 'two' },
    ],
    [sender, pipe, worker],
  );

  expect(await graph.call('s', null)).toBe(none);
  expect(log.filter((line) => line.startsWith('got'))).toEqual(['got a.one.two', 'got b.one.two']);
  expect(log.indexOf('two has a.one')).toBeGreaterThan(log.indexOf('one has a'));
  expect(log.indexOf('answers a.one.two')).toBeLessThan(log.indexOf('got a.one.two'));
});

test('a wrapper decorates the node it wraps, closes it, and shows it to whoever looks #54', async () => {
  let closed = 0;
  const inner = oneToOne((text: string) => text.toUpperCase());
  const loud = defineKind({
    kind: 'loud',
    setup: () => ({
      inner,
      process: async (packet, context) => `${String(await inner.process!(packet, context))}!`,
      close: () => void (closed += 1),
    }),
  });
  const graph = await runGraph(
    [
      { kind: 'loud', name: 'l', ports: to({ out: 'e' }) },
      { kind: 'echo', name: 'e' },
    ],
    [loud, mapping('echo', (payload) => payload)],
  );

  expect(await graph.call('l', 'hello')).toBe('HELLO!');
  expect(graph.nodes.find(({ name }) => name === 'l')!.instance!.inner).toBe(inner);
  await graph.close();
  expect(closed).toBe(1);
});

function raise(thrown: unknown): never {
  throw thrown;
}

function thenable(value: unknown): unknown {
  return {
    then(resolve: (value: unknown) => void) {
      resolve(value);
      resolve('again');
    },
  };
}

function thenThrows(): unknown {
  return Object.defineProperty({}, 'then', { get: () => raise(new Error('asked')) });
}

function cycle(): unknown {
  const list: unknown[] = [];
  list.push(list);
  return list;
}

function throwing(): unknown {
  return Object.defineProperty({}, 'x', { enumerable: true, get: () => raise(new Error('read')) });
}

/** A list of what a function gives, when that takes time too. */
function inList(given: unknown): unknown[] | Promise<unknown[]> {
  return typeof (given as { then?: unknown } | null)?.then === 'function'
    ? Promise.resolve(given).then((value) => [value])
    : [given];
}
