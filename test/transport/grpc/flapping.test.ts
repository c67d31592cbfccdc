import { type Channel, Code } from 'flowrpc';
import { expect, test } from 'vitest';
import { dropConnection, openHostile, replyStatus } from '../../hostile/hostile-server.ts';
import { run } from '../../suites/kinds.ts';
import { ProbeService } from '../../suites/probe-service.ts';

test('C-07 calls that wait for a connection outlast the pause after dropped ones; others are told of it', async () => {
  let drops = true;
  const connections = new Set<unknown>();
  await using hostile = await openHostile(
    (stream) => {
      connections.add(stream.session);
      if (drops) dropConnection(stream);
      else replyStatus(stream, { 'grpc-status': '5' });
    },
    { reconnect: { initialBackoffMs: 1_500, maxBackoffMs: 1_500 } },
  );
  const client = hostile.channel.client(ProbeService);
  let last = '';

  for (let tries = 0; !last.includes('drops its connections at once') && tries < 50; tries++) {
    ({ message: last } = (await run(client, 'unary')).status);
  }
  const dropped = connections.size;
  drops = false;
  const waiting = run(client, 'unary', { waitForReady: true });
  const other = await run(client, 'unary');

  expect(other.status).toMatchObject({ code: Code.UNAVAILABLE, unseen: true });
  expect(connections.size).toBe(dropped);
  expect((await waiting).status.code).toBe(Code.NOT_FOUND);
  expect(connections.size).toBe(dropped + 1);
});

test('C-07 calls under way when a connection is dropped do not shorten the pause', async () => {
  const connections = new Set<unknown>();
  await using hostile = await openHostile(
    (stream) => {
      connections.add(stream.session);
      dropConnection(stream);
    },
    { reconnect: { initialBackoffMs: 60_000, maxBackoffMs: 60_000 } },
  );
  const client = hostile.channel.client(ProbeService);

  const until = Date.now() + 2_500;
  const caller = async (): Promise<void> => {
    while (Date.now() < until) {
      await run(client, 'unary', { timeoutMs: 3_000 });
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  };
  await Promise.all(Array.from({ length: 20 }, caller));

  expect(connections.size).toBe(4);
});

test.each([
  ['outlasts its connect timeout', (_channel: Channel): void => {}, { initialBackoffMs: 1_500, maxBackoffMs: 1_500 }],
  [
    'ends with reconnect()',
    (channel: Channel): void => channel.reconnect(),
    { initialBackoffMs: 60_000, maxBackoffMs: 60_000 },
  ],
])(
  'C-07 a call that waits for a connection in the pause after dropped ones %s',
  async (_what, meanwhile, reconnect) => {
    let drops = true;
    await using hostile = await openHostile(
      (stream) => {
        if (drops) dropConnection(stream);
        else replyStatus(stream, { 'grpc-status': '5' });
      },
      { connectTimeoutMs: 200, reconnect },
    );
    const client = hostile.channel.client(ProbeService);
    let last = '';
    for (let tries = 0; !last.includes('drops its connections at once') && tries < 50; tries++) {
      ({ message: last } = (await run(client, 'unary')).status);
    }
    drops = false;

    const waiting = run(client, 'unary', { waitForReady: true, timeoutMs: 20_000 });
    await new Promise((resolve) => setTimeout(resolve, 50));
    meanwhile(hostile.channel);

    expect((await waiting).status.code).toBe(Code.NOT_FOUND);
  },
);
