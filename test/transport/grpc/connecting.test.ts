import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { Code, connect, createServer, silentLogger } from 'flowrpc';
import { expect, test } from 'vitest';
import { openTarget } from '../../hostile/target.ts';
import { echo, ProbeService } from '../../suites/probe-service.ts';
import { authority } from './certificates.ts';

/** Takes connections and says nothing. */
async function silent(): Promise<{ port: number; sockets: Socket[] } & AsyncDisposable> {
  const sockets: Socket[] = [];
  const server = createTcpServer((socket) => {
    socket.on('error', () => {});
    sockets.push(socket.resume());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    sockets,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

test.each([false, { rejectUnauthorized: false }])(
  'C-06 a server that never speaks is given up at the connect timeout (tls: %j)',
  async (tls) => {
    await using mute = await silent();
    await using channel = connect(`127.0.0.1:${mute.port}`, { tls, connectTimeoutMs: 150 });
    const states: string[] = [];
    channel.watchState((state) => states.push(state));

    const status = await channel.client(ProbeService).unary({ text: '', n: 1 }, { timeoutMs: 10_000 }).status;

    expect(status).toMatchObject({ code: Code.UNAVAILABLE, origin: 'local' });
    expect(status.message).toMatch(/said nothing for 150 ms|disconnected/);
    expect(states.slice(0, 2)).toEqual(['connecting', 'transient-failure']);
  },
);

test('C-06 a TLS server that is silent behind its handshake is given up too', async () => {
  const { createServer: createTlsServer } = await import('node:tls');
  const certificate = await (await authority()).issue({ name: 'localhost' });
  const server = createTlsServer({ ...certificate, ALPNProtocols: ['h2'] }, (socket) =>
    socket.on('error', () => {}).resume(),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  await using channel = connect(`127.0.0.1:${(server.address() as AddressInfo).port}`, {
    tls: { rejectUnauthorized: false },
    connectTimeoutMs: 150,
  });

  const status = await channel.client(ProbeService).unary({ text: '', n: 1 }, { timeoutMs: 10_000 }).status;
  server.close();

  expect(status).toMatchObject({ code: Code.UNAVAILABLE, origin: 'local' });
  expect(status.message).toContain('150 ms');
});

test('a call that waits for a connection goes on when there is one at last', async () => {
  const probe = await openTarget();
  const { port } = probe;
  await probe[Symbol.asyncDispose]();
  await using channel = connect(`127.0.0.1:${port}`, { reconnect: { initialBackoffMs: 50, maxBackoffMs: 100 } });
  const client = channel.client(ProbeService);

  const refused = await client.unary({ text: '', n: 1 }).status;
  const waiting = client.unary({ text: 'late', n: 2 }, { waitForReady: true, timeoutMs: 10_000 });
  await using server = createServer({ logger: silentLogger }).add(ProbeService, echo);
  await server.listen(`127.0.0.1:${port}`);

  expect(refused).toMatchObject({ code: Code.UNAVAILABLE, origin: 'local' });
  expect(await waiting).toEqual({ text: 'late', n: 2 });
});

test('ready() connects, says when it can not, and stops when it is told to', async () => {
  await using target = await openTarget();
  await using mute = await silent();
  await using good = connect(`127.0.0.1:${target.port}`);
  await using bad = connect(`127.0.0.1:${mute.port}`);
  const states: string[] = [];
  const stop = good.watchState((state) => states.push(state));
  const abort = new AbortController();

  await good.ready();
  stop();
  const late = bad.ready({ timeoutMs: 50 }).catch((error: unknown) => error);
  const stopped = bad.ready({ signal: abort.signal }).catch((error: unknown) => error);
  abort.abort();

  expect(good.state).toBe('ready');
  expect(states).toEqual(['connecting', 'ready']);
  expect(await late).toMatchObject({ code: Code.DEADLINE_EXCEEDED });
  expect(await stopped).toMatchObject({ code: Code.CANCELLED });
});

test('a deadline that passed, or a cancel, is answered before anything is opened', async () => {
  await using mute = await silent();
  await using channel = connect(`127.0.0.1:${mute.port}`);
  const client = channel.client(ProbeService);

  const late = await client.unary({ text: '', n: 1 }, { deadline: Date.now() - 1 }).status;
  const cancelled = await client.unary({ text: '', n: 1 }, { signal: AbortSignal.abort() }).status;

  expect(late).toMatchObject({ code: Code.DEADLINE_EXCEEDED, origin: 'local' });
  expect(cancelled).toMatchObject({ code: Code.CANCELLED, origin: 'local' });
  expect(channel.state).toBe('idle');
});

test('an expired deadline says where the time went', async () => {
  await using mute = await silent();
  await using channel = connect(`127.0.0.1:${mute.port}`);

  const status = await channel.client(ProbeService).unary({ text: '', n: 1 }, { timeoutMs: 60 }).status;

  expect(status.code).toBe(Code.DEADLINE_EXCEEDED);
  expect(status.message).toContain('LB pick');
});

test('calls queued while a channel connects keep their own async context, and nothing keeps the first', async () => {
  await using target = await openTarget();
  await using channel = connect(`127.0.0.1:${target.port}`);
  const client = channel.client(ProbeService);
  const store = new AsyncLocalStorage<string>();
  async function* requests(seen: (string | undefined)[]): AsyncGenerator<{ text: string; n: number }> {
    for (let n = 0; n < 3; n++) {
      seen.push(store.getStore());
      yield { text: '', n };
    }
  }
  const first: (string | undefined)[] = [];
  const second: (string | undefined)[] = [];

  const calls = [
    store.run('x', () => client.clientStream(requests(first))),
    store.run('y', () => client.clientStream(requests(second))),
  ];
  await Promise.all(calls);

  expect(first).toEqual(['x', 'x', 'x']);
  expect(second).toEqual(['y', 'y', 'y']);
});

test('calls after close(), and those that waited for a connection, end with UNAVAILABLE or CANCELLED', async () => {
  await using mute = await silent();
  const channel = connect(`127.0.0.1:${mute.port}`);
  const client = channel.client(ProbeService);
  const waiting = client.unary({ text: '', n: 1 });

  await channel.close();

  expect([Code.CANCELLED, Code.UNAVAILABLE]).toContain((await waiting.status).code);
  expect(() => client.unary({ text: '', n: 1 })).toThrow('the channel was closed');
  expect(channel.state).toBe('shutdown');
});
