import { constants, type ServerHttp2Stream } from 'node:http2';
import * as grpc from '@grpc/grpc-js';
import { Code, connect, type SessionEvent } from 'flowrpc';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openHostile, reply } from '../../hostile/hostile-server.ts';
import { gate, openTarget, serverStreamPath } from '../../hostile/target.ts';
import { method } from '../../regression/bare.ts';
import { aborted } from '../../suites/gate.ts';
import { ProbeService } from '../../suites/probe-service.ts';

/** Two connections' worth of what a client or server of ours takes on one, and more than Node's servers take at once. */
const cancels = 1_100;
/** Well below the streams of a connection: those that were reset count until the server has let go of them. */
const lanes = 20;

vi.setConfig({ testTimeout: 90_000 });

beforeEach(() => {
  // However slow this machine is: nothing is added to what may be reset, and no connection seems to have lived for long.
  vi.useFakeTimers({ toFake: ['Date', 'performance'] });
});
afterEach(() => void vi.useRealTimers());

async function many(one: (n: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      while (next < cancels) await one(next++);
    }),
  );
}

const message = Buffer.from('\0\0\0\0\x12{"text":"a","n":1}', 'latin1');

function open(stream: ServerHttp2Stream): void {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  stream.write(message);
}

test('a client that cancels much moves on to another connection before the server ends the one it has', async () => {
  let held: ServerHttp2Stream | undefined;
  const ports = new Set<number>();
  await using server = await openHostile((stream) => {
    ports.add(stream.session!.socket.remotePort!);
    held ??= stream;
    open(stream);
  });
  const client = server.channel.client(ProbeService);
  const kept = client.serverStream({ text: 'kept', n: 0 });
  await kept.next();

  const codes = new Map<number, number>();
  await many(async (n) => {
    const call = client.serverStream({ text: '', n });
    await call.next();
    call.cancel();
    const { code } = await call.status;
    codes.set(code, (codes.get(code) ?? 0) + 1);
  });
  held!.end();

  expect([...codes]).toEqual([[Code.CANCELLED, cancels]]);
  expect(await kept.status).toMatchObject({ code: Code.OK });
  expect(ports.size).toBeGreaterThanOrEqual(3);
  expect(ports.size).toBeLessThanOrEqual(4);
  // Those that were left went with their last call.
  await expect.poll(() => server.connections).toBeLessThanOrEqual(1);
});

test('to leave connections often is not taken for a server that drops them', async () => {
  await using server = await openHostile(open);
  const client = server.channel.client(ProbeService);

  const codes: Code[] = [];
  for (let round = 0; round < 6; round++) {
    const calls = Array.from({ length: 510 }, (_, n) => client.serverStream({ text: '', n }));
    await Promise.all(calls.map((call) => call.next().catch(() => {})));
    for (const call of calls) call.cancel();
    for (const call of calls) codes.push((await call.status).code);
    await new Promise((resolve) => setImmediate(resolve));
  }

  expect(new Set(codes)).toEqual(new Set([Code.CANCELLED]));
});

test('a client that cancels little keeps its connection', async () => {
  const ports = new Set<number>();
  await using server = await openHostile((stream) => {
    ports.add(stream.session!.socket.remotePort!);
    open(stream);
  });
  const client = server.channel.client(ProbeService);

  for (let n = 0; n < 400; n++) {
    const call = client.serverStream({ text: '', n });
    await call.next();
    call.cancel();
  }

  expect(ports.size).toBe(1);
});

test('a client of another make that cancels much is sent to another connection, and none of its calls fails', async () => {
  const finish = gate();
  await using target = await openTarget({
    async *serverStream({ text, n }, { signal }) {
      yield { text, n };
      if (text === 'kept') await finish.promise;
      else await aborted(signal);
    },
  });
  const left: SessionEvent[] = [];
  target.server.sessions.watch((event) => {
    if (event.type === 'disconnected') left.push(event);
  });
  const client = new grpc.Client(`127.0.0.1:${target.port}`, grpc.credentials.createInsecure());
  const { path, requestSerialize, responseDeserialize } = method(serverStreamPath, false, true);
  const start = (text: string, began: (call: grpc.ClientReadableStream<Buffer>) => void): Promise<grpc.status> =>
    new Promise((resolve) => {
      const call = client.makeServerStreamRequest(
        path,
        requestSerialize,
        responseDeserialize,
        Buffer.from(JSON.stringify({ text, n: 1 })),
      );
      call.on('data', () => began(call));
      call.on('error', () => {});
      call.on('status', ({ code }) => resolve(code));
    });
  const began = gate();
  const kept = start('kept', () => began.resolve());
  await began.promise;

  const codes = new Map<grpc.status, number>();
  await many(async () => {
    const code = await start('', (call) => call.cancel());
    codes.set(code, (codes.get(code) ?? 0) + 1);
  });
  finish.resolve();

  expect([...codes]).toEqual([[grpc.status.CANCELLED, cancels]]);
  expect(await kept).toBe(grpc.status.OK);
  expect(await target.survives()).toBe(true);
  await expect.poll(() => left.length).toBeGreaterThanOrEqual(2);
  expect(new Set(left.map((event) => event.type === 'disconnected' && event.reason))).toEqual(new Set(['resets']));
  client.close();
});

test('of a server that ends the connection with an error the calls are UNAVAILABLE, and the next one connects anew', async () => {
  await using server = await openHostile((stream, headers) => {
    if (headers['x-end'] === undefined) reply(stream, { body: [message], trailer: { 'grpc-status': '0' } });
    else stream.session!.goaway(constants.NGHTTP2_INTERNAL_ERROR, 2 ** 31 - 1);
  });
  const client = server.channel.client(ProbeService);

  const ended = await client.unary({ text: '', n: 1 }, { metadata: { 'x-end': '1' } }).status;
  const next = await client.unary({ text: '', n: 1 });

  expect(ended).toMatchObject({ code: Code.UNAVAILABLE, origin: 'local', unseen: false });
  expect(ended.message).toContain('The server ended the connection: Session closed with error code 2');
  expect(next.n).toBe(1);
});

test('W-01 a channel of ours cancels as much as it likes at a server of ours, over few connections', async () => {
  await using target = await openTarget({
    unary: async ({ text, n }, { signal }) =>
      text === 'wait' ? aborted(signal).then(() => ({ text, n })) : { text, n },
  });
  await using channel = connect(`127.0.0.1:${target.port}`, { userAgent: 'hasty' });
  const client = channel.client(ProbeService);

  const codes = new Set<Code>();
  await many(async (n) => {
    const call = client.unary({ text: 'wait', n });
    setImmediate(() => setImmediate(() => call.cancel()));
    codes.add((await call.status).code);
    if (n % 10 === 0) codes.add((await client.unary({ text: '', n }).status).code);
  });

  expect([...codes].sort()).toEqual([Code.OK, Code.CANCELLED]);
  // One of them is the neighbour's.
  expect(target.server.sessions.accepted).toBeLessThanOrEqual(6);
});
