import { once } from 'node:events';
import { type AddressInfo, connect as connectTcp, createServer as createTcpServer, type Socket } from 'node:net';
import { Code, connect, createServer, silentLogger } from 'flowrpc';
import { type Dialogue, dialogues, openDialogue } from 'flowrpc/services';
import { afterEach, expect, test, vi } from 'vitest';
import { openHostile } from '../hostile/hostile-server.ts';
import { gate } from '../suites/gate.ts';
import { bareDialogue } from './dialogue-grpc-js.ts';
import { codeOf, echo, pair, settled } from './dialogue-pair.ts';

const quick = { heartbeatMs: 40 };
const silent = { code: Code.UNAVAILABLE, message: 'The peer is silent: 3 heartbeats were not answered' };

afterEach(() => {
  vi.useRealTimers();
});

test('a client that reads on and says nothing is dead after three heartbeats, although writes succeed (#132)', async () => {
  const opened = gate<Dialogue>();
  const server = createServer({ logger: silentLogger }).add(
    dialogues({ ...quick, onOpen: (dialogue) => opened.open(dialogue) }),
  );
  const { address } = await server.listen('127.0.0.1:0');
  const peer = bareDialogue(address);
  const dialogue = await opened.promise;
  const request = codeOf(dialogue.request('anything'));
  const wrote: boolean[] = [];
  const writing = setInterval(() => void dialogue.notify('still there?').then((went) => wrote.push(went)), 10);

  expect(await dialogue.closed).toMatchObject(silent);
  clearInterval(writing);
  expect(await request).toBe(Code.UNAVAILABLE);
  expect(await peer.over).toMatchObject({ code: Code.UNAVAILABLE, details: silent.message });
  expect(peer.heard.filter((frame) => 'heartbeat' in frame)).toMatchObject(
    [1, 2, 3].map((n) => ({ heartbeat: { n } })),
  );
  // All that was written until then was read there.
  expect(wrote.slice(0, 3)).toEqual([true, true, true]);
  expect(peer.heard.filter((frame) => 'notification' in frame).length).toBeGreaterThan(3);
  peer.close();
  await server.close();
});

test.each([
  ['answers with a header', true],
  ['answers nothing at all', false],
])('a server that reads on and %s is dead after three heartbeats (#132)', async (_what, header) => {
  let read = 0;
  await using at = await openHostile((stream) => {
    if (header) stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
    stream.on('data', (chunk: Buffer) => {
      read += chunk.length;
    });
  });
  const dialogue = openDialogue(at.channel, quick);
  const request = codeOf(dialogue.request('anything'));

  expect(await dialogue.closed).toMatchObject(silent);
  expect(await request).toBe(Code.UNAVAILABLE);
  expect(read).toBeGreaterThan(0);
  expect(await codeOf(dialogue.request('anything'))).toBe(Code.UNAVAILABLE);
  await settled(dialogue);
});

test('behind a proxy that takes everything and passes nothing on, both sides find the other dead (#132)', async () => {
  const opened = gate<Dialogue>();
  const server = createServer({ logger: silentLogger }).add(
    dialogues({ ...quick, ...echo, onOpen: (dialogue) => opened.open(dialogue) }),
  );
  const { port } = await server.listen('127.0.0.1:0');
  await using proxy = await openProxy(port);
  await using channel = connect(`127.0.0.1:${proxy.port}`);
  const here = openDialogue(channel, quick);
  const there = await opened.promise;
  expect(await here.request('echo', 1)).toBe(1);

  proxy.swallow();

  expect(await here.closed).toMatchObject(silent);
  expect(await there.closed).toMatchObject(silent);
  await server.close({ graceMs: 0 });
});

test('a peer that answers no heartbeat but says other things is alive', async () => {
  const heard: unknown[] = [];
  const opened = gate<Dialogue>();
  const server = createServer({ logger: silentLogger }).add(
    dialogues({ ...quick, handlers: { tick: () => void heard.push(0) }, onOpen: (dialogue) => opened.open(dialogue) }),
  );
  const { address } = await server.listen('127.0.0.1:0');
  const peer = bareDialogue(address);
  const dialogue = await opened.promise;
  const talking = setInterval(() => peer.send({ notification: { name: 'tick' } }), 10);

  await vi.waitFor(() => expect(heard.length).toBeGreaterThan(40), 10_000);
  const alive = await Promise.race([dialogue.closed, 'alive']);
  clearInterval(talking);

  expect(alive).toBe('alive');
  expect(await dialogue.closed).toMatchObject(silent);
  peer.close();
  await server.close();
});

test.each(['in process', 'socket'] as const)('a quiet dialogue stays open while both sides answer: %s', async (way) => {
  await using at = await pair(way, { server: { ...echo, heartbeatMs: 15 }, client: { heartbeatMs: 15 } });

  await new Promise((resolve) => setTimeout(resolve, 300));

  expect(await Promise.race([at.here.closed, at.there.closed, 'open'])).toBe('open');
  expect(await at.here.request('echo', 1)).toBe(1);
});

test('heartbeats begin with the connection, not while it is waited for', async () => {
  const at = await reserve();
  const channel = connect(`127.0.0.1:${at}`);
  const dialogue = openDialogue(channel, { heartbeatMs: 10, missed: 1, waitForReady: true });
  const asked = dialogue.request('echo', 'early');
  await new Promise((resolve) => setTimeout(resolve, 200));
  const server = createServer({ logger: silentLogger }).add(dialogues(echo));

  await server.listen(`127.0.0.1:${at}`);

  expect(await asked).toBe('early');
  await dialogue.close();
  await channel.close();
  await server.close();
});

test('no timer and no listener stays behind a dialogue', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
  const leaving = new AbortController();
  const listening = vi.spyOn(leaving.signal, 'addEventListener');
  const left = vi.spyOn(leaving.signal, 'removeEventListener');
  {
    await using at = await pair('in process', { server: echo, client: { signal: leaving.signal } });
    await at.here.request('echo', 1, { signal: leaving.signal, timeoutMs: 1_000 });
    expect(vi.getTimerCount()).toBeGreaterThan(0);
    await at.here.close();
  }

  expect(vi.getTimerCount()).toBe(0);
  expect(left.mock.calls.length).toBe(listening.mock.calls.length);
  expect(listening.mock.calls.length).toBeGreaterThan(0);
});

/** A TCP proxy that can go on reading without passing anything on. */
async function openProxy(port: number): Promise<AsyncDisposable & { port: number; swallow(): void }> {
  const sockets = new Set<Socket>();
  let swallowing = false;
  const proxy = createTcpServer((near) => {
    const far = connectTcp(port, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('error', () => {});
      from.on('data', (chunk) => {
        if (!swallowing) to.write(chunk);
      });
      from.on('close', () => to.destroy());
    }
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return {
    port: (proxy.address() as AddressInfo).port,
    swallow: () => {
      swallowing = true;
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      proxy.close();
    },
  };
}

/** A port that nobody listens on. */
async function reserve(): Promise<number> {
  const holder = createTcpServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port } = holder.address() as AddressInfo;
  holder.close();
  await once(holder, 'close');
  return port;
}
