import { connect, createServer, silentLogger } from 'flowrpc';
import { expect, test } from 'vitest';
import { watchProcess } from '../../interceptors/watch-process.ts';
import { echo, ProbeService } from '../../suites/probe-service.ts';

const later = (async () => {
  throw new Error('later');
}) as () => never;

test('sessions.watch() logs what a listener rejects with, and goes on', async () => {
  const { strays, stop } = watchProcess();
  const errors: unknown[] = [];
  await using server = createServer({
    logger: { ...silentLogger, error: (text, fields) => errors.push([text, fields]) },
  }).add(ProbeService, echo);
  const seen: string[] = [];
  server.sessions.watch(later);
  server.sessions.watch(({ type }) => seen.push(type));
  const { address } = await server.listen('127.0.0.1:0');
  await using channel = connect(address);

  await channel.client(ProbeService).unary({ text: 'a', n: 1 });

  await expect.poll(() => errors.length).toBe(1);
  stop();
  expect(errors).toEqual([['a listener of sessions threw', { event: 'connected', error: new Error('later') }]]);
  expect(seen).toEqual(['connected']);
  expect(strays).toEqual([]);
});

test('watchState() and watchConnection() warn of what a listener rejects with, and go on', async () => {
  const { warnings, strays, stop } = watchProcess();
  await using server = createServer({ logger: silentLogger }).add(ProbeService, echo);
  const { address } = await server.listen('127.0.0.1:0');
  await using channel = connect(address);
  channel.watchState(later);
  channel.watchConnection(later);

  await channel.client(ProbeService).unary({ text: 'a', n: 1 });

  await expect.poll(() => new Set(warnings).size).toBe(2);
  stop();
  expect([...new Set(warnings)].toSorted()).toEqual([
    'A listener of watchConnection() threw: later',
    'A listener of watchState() threw: later',
  ]);
  expect(strays).toEqual([]);
});
