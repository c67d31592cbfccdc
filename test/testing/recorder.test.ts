import { Code, StatusError } from 'flowrpc';
import { retry } from 'flowrpc/interceptors';
import { pair, recorder } from 'flowrpc/testing';
import { expect, test } from 'vitest';
import { Greeter } from '../../examples/gen/greeter.ts';

const handlers = {
  sayHello: ({ name }: { name: string }) => {
    if (name === '') throw new StatusError(Code.INVALID_ARGUMENT, 'No name');
    return { message: `Hello, ${name}` };
  },
  *count({ to }: { to: number }) {
    for (let n = 1; n <= to; n++) yield { n };
  },
  async sum(tallies: AsyncIterable<{ n: number }>) {
    let n = 0;
    for await (const tally of tallies) n += tally.n;
    return { n };
  },
  async *chat(requests: AsyncIterable<{ name: string }>) {
    for await (const { name } of requests) yield { message: name.toUpperCase() };
  },
};

async function drain(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _message of stream);
}

async function callAll(client: Awaited<ReturnType<typeof serve>>['client']): Promise<void> {
  await client.sayHello({ name: 'Ada' }, { metadata: { 'x-who': 'test' } });
  await drain(client.count({ to: 2 }));
  await client.sum([{ n: 1 }, { n: 2 }]);
  await drain(client.chat([{ name: 'a' }, { name: 'b' }]));
}

function serve(
  log: ReturnType<typeof recorder>,
  side: 'client' | 'server',
  transport: 'in-process' | 'socket' = 'in-process',
) {
  const options = { interceptors: [log] };
  return pair(Greeter, handlers, { transport, ...(side === 'client' ? { channel: options } : { server: options }) });
}

const places = (['client', 'server'] as const).flatMap((side) =>
  (['in-process', 'socket'] as const).map((transport) => ({ side, transport })),
);

test.each(places)('recorder() remembers all four kinds on the $side over $transport', async ({ side, transport }) => {
  const log = recorder();
  await using greeter = await serve(log, side, transport);

  await callAll(greeter.client);

  expect(log.calls.map(({ method, requests, responses }) => [method.localName, requests, responses])).toEqual([
    ['sayHello', [{ name: 'Ada' }], [{ message: 'Hello, Ada' }]],
    ['count', [{ to: 2 }], [{ n: 1 }, { n: 2 }]],
    ['sum', [{ n: 1 }, { n: 2 }], [{ n: 3 }]],
    ['chat', [{ name: 'a' }, { name: 'b' }], [{ message: 'A' }, { message: 'B' }]],
  ]);
  expect(log.calls.map(({ status }) => status?.code)).toEqual([Code.OK, Code.OK, Code.OK, Code.OK]);
  expect(log.calls.every((call) => call.side === side)).toBe(true);
  expect(log.calls[0]?.metadata.get('x-who')).toBe('test');
});

test('recorder() remembers how a failed call ended', async () => {
  const log = recorder();
  await using greeter = await serve(log, 'server');

  await greeter.client.sayHello({ name: '' }).status;

  expect(log.calls[0]).toMatchObject({ responses: [], status: { code: Code.INVALID_ARGUMENT, message: 'No name' } });
});

test('recorder() lets a test wait for the end of a call', async () => {
  const log = recorder();
  await using greeter = await pair(
    Greeter,
    { sayHello: () => new Promise(() => {}) },
    { server: { interceptors: [log] } },
  );
  const call = greeter.client.sayHello({});
  await expect.poll(() => log.calls.length).toBe(1);

  const before = log.calls[0]?.status;
  call.cancel();
  const ended = await log.calls[0]?.ended;

  expect(before).toBeUndefined();
  expect(ended?.code).toBe(Code.CANCELLED);
});

test('recorder() inside retry() sees each attempt', async () => {
  const log = recorder();
  let attempts = 0;
  await using greeter = await pair(
    Greeter,
    {
      sayHello: () => {
        attempts += 1;
        if (attempts === 1) throw new StatusError(Code.UNAVAILABLE, 'Not yet');
        return {};
      },
    },
    { channel: { interceptors: [retry({ nonIdempotent: true, baseDelayMs: 1 }), log] } },
  );

  await greeter.client.sayHello({});

  expect(log.calls.map(({ status }) => status?.code)).toEqual([Code.UNAVAILABLE, Code.OK]);
});

test('recorder() keeps no more than it was told to', async () => {
  const log = recorder({ maxCalls: 2, maxMessages: 1 });
  await using greeter = await serve(log, 'server');

  await callAll(greeter.client);

  expect(log.calls.map(({ method, requests }) => [method.localName, requests])).toEqual([
    ['sum', [{ n: 1 }]],
    ['chat', [{ name: 'a' }]],
  ]);
});

test('recorder.clear() forgets', async () => {
  const log = recorder();
  await using greeter = await serve(log, 'client');
  await greeter.client.sayHello({ name: 'Ada' });

  log.clear();
  await greeter.client.sayHello({ name: 'Grace' });

  expect(log.calls.map(({ requests }) => requests)).toEqual([[{ name: 'Grace' }]]);
});

test('recorder() refuses an unknown option', () => {
  // @ts-expect-error: there is no such option
  expect(() => recorder({ maxCals: 1 })).toThrow('did you mean "maxCalls"?');
});
