import { promises as dns } from 'node:dns';
import { once } from 'node:events';
import net, { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { type Channel, Code, connect, createServer, type Server, silentLogger } from 'flowrpc';
import { afterEach, expect, test, vi } from 'vitest';
import type { ConnectionEvent } from '../../../src/transport/grpc/connection-event.ts';
import { echo, ProbeService } from '../../suites/probe-service.ts';

const quick = { initialBackoffMs: 20, maxBackoffMs: 40 };
const slow = { initialBackoffMs: 600_000, maxBackoffMs: 600_000 };

async function serve(address = '127.0.0.1:0'): Promise<Server & { port: number }> {
  const server = createServer({ logger: silentLogger }).add(ProbeService, echo);
  const { port } = await server.listen(address);
  return Object.assign(server, { port });
}

const kill = (server: Server): Promise<unknown> => server.close({ graceMs: 0 });

/** A port where nobody listens. */
async function deserted(): Promise<number> {
  const server = await serve();
  await kill(server);
  return server.port;
}

function told(channel: Channel): ConnectionEvent[] {
  const events: ConnectionEvent[] = [];
  channel.watchConnection((event) => events.push(event));
  return events;
}

const types = (events: readonly ConnectionEvent[]): string[] => events.map(({ type }) => type);
const ask = (channel: Channel, options = {}) => channel.client(ProbeService).unary({ text: 'a', n: 1 }, options);

afterEach(() => vi.restoreAllMocks());

test('#130 watchConnection() tells each attempt with its number, why it failed and when the next comes', async () => {
  const first = await serve();
  const address = `127.0.0.1:${first.port}`;
  await using channel = connect(address, { reconnect: quick });
  const events = told(channel);

  await ask(channel);
  await kill(first);
  await expect.poll(() => types(events)).toContain('disconnected');
  const waiting = ask(channel, { waitForReady: true, timeoutMs: 15_000 });
  await expect.poll(() => events.filter(({ type }) => type === 'failed').length).toBeGreaterThan(2);
  await using _second = await serve(address);
  const reply = await waiting;

  expect(reply).toEqual({ text: 'a', n: 1 });
  expect(events.slice(0, 5)).toMatchObject([
    { type: 'connecting', address, attempt: 1 },
    { type: 'connected', address, attempt: 1 },
    { type: 'disconnected', address },
    { type: 'connecting', address, attempt: 1 },
    { type: 'failed', address, attempt: 1, error: `connect ECONNREFUSED ${address}` },
  ]);
  const failed = events.filter((event) => event.type === 'failed');
  expect(failed.map(({ attempt }) => attempt)).toEqual(failed.map((_, index) => index + 1));
  expect(failed.every(({ retryInMs }) => retryInMs !== undefined && retryInMs >= 0 && retryInMs <= 48)).toBe(true);
  expect(events.at(-1)).toEqual({ type: 'connected', address, attempt: failed.length + 1 });
});

test('#130 reconnect() beats a long back-off, and calls that wait go on', async () => {
  const port = await deserted();
  await using channel = connect(`127.0.0.1:${port}`, { reconnect: slow });
  const events = told(channel);
  const waiting = ask(channel, { waitForReady: true, timeoutMs: 15_000 });
  await expect.poll(() => types(events)).toContain('failed');
  await using _server = await serve(`127.0.0.1:${port}`);

  channel.reconnect();

  expect(await waiting).toEqual({ text: 'a', n: 1 });
  expect(types(events)).toEqual(['connecting', 'failed', 'connecting', 'connected']);
  expect(events[1]).toMatchObject({ retryInMs: expect.closeTo(600_000, -5) });
});

test('#130 reconnect() opens a channel that is idle, and leaves a connection and its calls alone', async () => {
  await using server = await serve();
  await using channel = connect(`127.0.0.1:${server.port}`);
  const events = told(channel);

  channel.reconnect();
  await channel.ready({ timeoutMs: 10_000 });
  const requests = new TransformStream<{ text: string; n: number }>();
  const writer = requests.writable.getWriter();
  const stream = channel.client(ProbeService).bidi(requests.readable)[Symbol.asyncIterator]();
  void writer.write({ text: 'before', n: 1 });
  await stream.next();
  channel.reconnect();
  void writer.write({ text: 'after', n: 2 });
  const after = await stream.next();
  void writer.close();

  expect(after.value).toMatchObject({ n: 2 });
  expect(await stream.next()).toMatchObject({ done: true });
  expect(types(events)).toEqual(['connecting', 'connected']);
});

test('#130 after as many attempts as are allowed calls that wait end, later ones too, until reconnect()', async () => {
  const port = await deserted();
  const address = `127.0.0.1:${port}`;
  await using channel = connect(address, { reconnect: { ...quick, attempts: 3 } });
  const events = told(channel);
  const states: string[] = [];
  channel.watchState((state) => states.push(state));

  const waited = await ask(channel, { waitForReady: true, timeoutMs: 15_000 }).status;
  const later = await ask(channel, { waitForReady: true, timeoutMs: 15_000 }).status;
  const ready = await channel.ready().catch((error: unknown) => error);
  const gaveUp = types(events);
  await using _server = await serve(address);
  const still = await ask(channel).status;
  channel.reconnect();
  const reply = await ask(channel, { waitForReady: true, timeoutMs: 15_000 });

  const message = `Cannot connect to ${address}: gave up after 3 failed attempts in a row (connect ECONNREFUSED ${address}), until reconnect() is called`;
  for (const status of [waited, later, still])
    expect(status).toMatchObject({ code: Code.UNAVAILABLE, message, origin: 'local' });
  expect(ready).toMatchObject({ code: Code.UNAVAILABLE, message: expect.stringContaining('gave up') });
  expect(gaveUp).toEqual(['connecting', 'failed', 'connecting', 'failed', 'connecting', 'failed', 'gave-up']);
  expect(events[5]).toMatchObject({ attempt: 3, retryInMs: undefined });
  expect(reply).toEqual({ text: 'a', n: 1 });
  expect(types(events.slice(7))).toEqual(['connecting', 'connected']);
  expect(states).toEqual(['connecting', 'transient-failure', 'connecting', 'ready']);
});

test('#130 reconnect.attempts are all that reach the server, however long they take', async () => {
  let accepted = 0;
  const server = createTcpServer((socket: Socket) => {
    accepted += 1;
    // Longer than the back-off, which is over when the attempt fails.
    setTimeout(() => socket.destroy(), 60);
    socket.on('error', () => {}).resume();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await using channel = connect(`127.0.0.1:${port}`, { reconnect: { ...quick, attempts: 2 } });
  const events = told(channel);

  const { code } = await ask(channel, { waitForReady: true, timeoutMs: 15_000 }).status;
  await new Promise((resolve) => setTimeout(resolve, 200));
  const untilHere = accepted;
  channel.reconnect();
  await expect.poll(() => types(events).filter((type) => type === 'gave-up').length).toBe(2);
  server.close();

  expect(code).toBe(Code.UNAVAILABLE);
  expect(untilHere).toBe(2);
  expect(accepted).toBe(4);
});

test('#130 a listener of "gave-up" may reconnect at once: calls that wait stay', async () => {
  const port = await deserted();
  await using channel = connect(`127.0.0.1:${port}`, { reconnect: { ...quick, attempts: 1 } });
  let times = 0;
  channel.watchConnection(({ type }) => {
    if (type !== 'gave-up') return;
    times += 1;
    channel.reconnect();
  });

  const waiting = ask(channel, { waitForReady: true, timeoutMs: 15_000 });
  await expect.poll(() => times).toBeGreaterThan(2);
  await using _server = await serve(`127.0.0.1:${port}`);

  expect(await waiting).toEqual({ text: 'a', n: 1 });
});

test('#130 one address of several is enough; each counts by itself, and all must fail', async () => {
  await using server = await serve();
  const [one, other] = [await deserted(), await deserted()];
  const reconnect = { ...quick, attempts: 2 };
  await using good = connect(`ipv4:127.0.0.1:${one},127.0.0.1:${server.port}`, { reconnect });
  await using bad = connect(`ipv4:127.0.0.1:${one},127.0.0.1:${other}`, { reconnect });
  const events = told(bad);

  const reply = await ask(good, { waitForReady: true });
  const { code } = await ask(bad, { waitForReady: true, timeoutMs: 15_000 }).status;

  expect(reply).toEqual({ text: 'a', n: 1 });
  expect(code).toBe(Code.UNAVAILABLE);
  for (const port of [one, other]) {
    const failed = events.filter((event) => event.type === 'failed' && event.address === `127.0.0.1:${port}`);
    expect(failed.map((event) => 'attempt' in event && event.attempt).slice(0, 2)).toEqual([1, 2]);
  }
});

test('#130 names that can not be looked up are attempts too: told, repeated for calls that wait, limited', async () => {
  await using server = await serve();
  const lookup = vi.spyOn(dns, 'lookup').mockRejectedValue(new Error('ENOTFOUND'));
  await using patient = connect(`patient.example:${server.port}`, { reconnect: quick });
  await using limited = connect(`limited.example:${server.port}`, { reconnect: { ...quick, attempts: 3 } });
  await using late = connect(`late.example:${server.port}`, { reconnect: slow });
  const [waited, gaveUp, hurried] = [told(patient), told(limited), told(late)];

  const waiting = ask(patient, { waitForReady: true, timeoutMs: 15_000 });
  const status = await ask(limited, { waitForReady: true, timeoutMs: 15_000 }).status;
  const waitingLong = ask(late, { waitForReady: true, timeoutMs: 15_000 });
  await expect.poll(() => waited.length).toBeGreaterThan(2);
  await expect.poll(() => hurried.length).toBe(1);
  lookup.mockResolvedValue([{ address: '127.0.0.1', family: 4 }] as never);
  late.reconnect();
  await Promise.all([waiting, waitingLong]);

  expect(waited[0]).toMatchObject({ type: 'failed', address: undefined, attempt: 1 });
  expect(waited[0]).toMatchObject({ error: expect.stringContaining('patient.example') });
  expect(types(waited).slice(-2)).toEqual(['connecting', 'connected']);
  expect(status.message).toContain('gave up after 3 failed attempts in a row (Name resolution failed');
  expect(types(gaveUp)).toEqual(['failed', 'failed', 'failed', 'gave-up']);
  expect(types(hurried)).toEqual(['failed', 'connecting', 'connected']);
});

test('#130 an attempt that is given up at the connect timeout counts', async () => {
  const mute = createTcpServer((socket: Socket) => socket.on('error', () => {}).resume());
  mute.listen(0, '127.0.0.1');
  await once(mute, 'listening');
  const address = `127.0.0.1:${(mute.address() as AddressInfo).port}`;
  await using channel = connect(address, { connectTimeoutMs: 50, reconnect: { ...quick, attempts: 2 } });
  const events = told(channel);

  const { message } = await ask(channel, { waitForReady: true, timeoutMs: 15_000 }).status;
  mute.close();

  expect(message).toContain('gave up after 2 failed attempts in a row (the server said nothing for 50 ms)');
  expect(types(events)).toEqual(['connecting', 'failed', 'connecting', 'failed', 'gave-up']);
});

test('#130 an attempt whose packets are lost counts too, and the calls that waited for it end', async () => {
  vi.spyOn(net, 'connect').mockImplementation(() => new net.Socket());
  const target = '127.0.0.1:1';
  await using channel = connect(target, { connectTimeoutMs: 20, reconnect: { ...quick, attempts: 2 } });
  const events = told(channel);

  const first = await ask(channel, { waitForReady: true, timeoutMs: 15_000 }).status;
  const second = await ask(channel, { waitForReady: true, timeoutMs: 15_000 }).status;

  expect(first.message).toBe(`Cannot connect to ${target}: no connection within 20 ms`);
  expect(second.message).toContain('gave up after 2 failed attempts in a row (no connection within 20 ms)');
  expect(types(events)).toEqual(['connecting', 'failed', 'connecting', 'failed', 'gave-up']);
});

test('#130 who shares a channel is told until it closes its own; a listener that throws harms nobody', async () => {
  await using server = await serve();
  const target = `127.0.0.1:${server.port}`;
  const warnings: Error[] = [];
  const note = (warning: Error) => void warnings.push(warning);
  process.on('warning', note);
  const one = connect(target);
  await using other = connect(target);
  const [ofOne, ofOther] = [told(one), told(other)];
  const states: string[] = [];
  one.watchConnection(() => {
    throw new Error('not me');
  });
  const stop = one.watchState((state) => states.push(state));
  const stopped: string[] = [];
  one.watchState((state) => stopped.push(state))();

  await ask(one);
  await one.close();
  await ask(other);
  await other.close();
  stop();
  process.removeListener('warning', note);

  expect(types(ofOne)).toEqual(['connecting', 'connected']);
  expect(types(ofOther)).toEqual(['connecting', 'connected', 'disconnected']);
  expect(states).toEqual(['connecting', 'ready', 'shutdown']);
  expect(stopped).toEqual([]);
  expect(warnings.map(({ message }) => message)).toContain('A listener of watchConnection() threw: not me');
});

test('#130 reconnect() of a closed channel does nothing', async () => {
  const channel = connect(`127.0.0.1:${await deserted()}`);
  await channel.close();

  channel.reconnect();

  expect(channel.state).toBe('shutdown');
});

test.each([0, -1, 1.5, Number.NaN])('connect() refuses %d attempts', (attempts) => {
  expect(() => connect('127.0.0.1:1', { reconnect: { attempts } })).toThrow(`Cannot use attempts ${attempts}: wanted`);
});
