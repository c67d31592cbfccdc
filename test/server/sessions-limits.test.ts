import { Code, connect, createServer, silentLogger } from 'flowrpc';
import { describe, expect, test } from 'vitest';
import { echo, ProbeService } from '../suites/probe-service.ts';
import { authority, type Certificate } from '../transport/grpc/certificates.ts';
import { ping, serve } from './session-serving.ts';

describe('connection limits', () => {
  test('connections beyond maxConnections are closed at once and counted, and come in later #128', async () => {
    await using serving = await serve({ maxConnections: 2 });
    const [one, two, three] = [serving.dial(), serving.dial(), serving.dial()];
    await ping(one);
    await ping(two);

    const refused = await ping(three).status;
    const { accepted, rejected, active } = serving.server.sessions;
    await one.close();

    expect(refused).toMatchObject({ code: Code.UNAVAILABLE, origin: 'local' });
    expect(refused.message).toContain('too many connections');
    expect(active).toBe(2);
    expect(accepted).toBe(2);
    expect(rejected).toBeGreaterThanOrEqual(1);
    expect(serving.events.find(({ type }) => type === 'rejected')).toMatchObject({ limit: 'total' });
    await three.ready({ timeoutMs: 10_000 });
    expect((await ping(three)).text).toBe('ping');
  });

  test('connections of one client are limited without its port #137', async () => {
    await using serving = await serve({ maxConnectionsPerClient: 2 });
    const { address } = await serving.server.listen('[::1]:0').catch(() => ({ address: undefined }));
    await ping(serving.dial());
    await ping(serving.dial());

    const refused = await ping(serving.dial()).status;

    expect(refused.code).toBe(Code.UNAVAILABLE);
    expect(serving.events.find(({ type }) => type === 'rejected')).toMatchObject({
      limit: 'client',
      address: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
    });
    if (address === undefined) return;
    await using other = connect(address);
    expect((await ping(other)).text).toBe('ping');
  });

  test('connections of one identity can be limited by who watches #137', async () => {
    const ca = await authority();
    const alternatives = [{ type: 'ip' as const, value: '127.0.0.1' }];
    const certificate = await ca.issue({ name: 'localhost', alternatives });
    const [billing, sales] = [await ca.issue({ name: 'billing' }), await ca.issue({ name: 'sales' })];
    await using server = createServer({ logger: silentLogger }).add(ProbeService, echo);
    const { sessions } = server;
    sessions.watch((event) => {
      if (event.type !== 'connected') return;
      const who = event.session.peer.identity?.subject;
      const same = sessions.list().filter(({ peer }) => peer.identity?.subject === who);
      if (same.length > 1) sessions.disconnect(event.session.id, { reason: 'one is enough', graceMs: 0 });
    });
    const { address } = await server.listen('127.0.0.1:0', {
      tls: { ...certificate, ca: ca.cert, clientCertificate: 'require' },
    });
    const dial = (own: Certificate, userAgent: string) =>
      connect(address, { tls: { ca: ca.cert, ...own }, userAgent, reconnect: { initialBackoffMs: 50 } });
    await using first = dial(billing, 'first');
    await using second = dial(billing, 'second');
    await using other = dial(sales, 'other');
    await ping(first);

    const refused = await ping(second).status;

    expect(refused.code).toBe(Code.UNAVAILABLE);
    expect((await ping(other)).text).toBe('ping');
    expect((await ping(first)).text).toBe('ping');
    expect(new Set(sessions.list().map(({ peer }) => peer.identity?.subject))).toEqual(new Set(['billing', 'sales']));
  });

  test('a client that left may come again', async () => {
    await using serving = await serve({ maxConnectionsPerClient: 1, maxConnections: 1 });
    for (let round = 0; round < 5; round += 1) {
      const channel = serving.dial();
      await channel.ready({ timeoutMs: 10_000 });
      await channel.close();
      await expect.poll(() => serving.server.sessions.utilisation).toBe(0);
    }

    expect(serving.server.sessions.accepted).toBe(5);
  });

  test('pressure is reported at 80 %, and its end below 70 % #128', async () => {
    const lines: string[] = [];
    const note = (line: string): number => lines.push(line);
    const logger = { ...silentLogger, info: note, warn: note };
    await using serving = await serve({ maxConnections: 10 }, {}, { logger });
    const channels = Array.from({ length: 8 }, () => serving.dial());
    const pressure = (): unknown[] =>
      serving.events.flatMap((event) => (event.type === 'pressure' ? [[event.high, event.utilisation]] : []));

    for (const channel of channels.slice(0, 7)) await channel.ready();
    expect(pressure()).toEqual([]);
    await channels[7]!.ready();
    expect(pressure()).toEqual([[true, 0.8]]);
    await channels[0]!.close();
    await expect.poll(() => serving.server.sessions.active).toBe(7);
    expect(pressure()).toHaveLength(1);
    await channels[1]!.close();

    await expect.poll(pressure).toEqual([
      [true, 0.8],
      [false, 0.6],
    ]);
    expect(lines).toEqual(['connections are near their limit', 'connections are well below their limit again']);
  });

  test('idle connections are removed after the timeout and counted #128', async () => {
    await using serving = await serve({ idleMs: 50 });
    await ping(serving.dial());

    await expect.poll(() => serving.server.sessions.cleaned).toBe(1);
    expect(serving.server.sessions.active).toBe(0);
    expect(serving.events.at(-1)).toMatchObject({ type: 'disconnected', reason: 'idle' });
  });

  test('a connection that is old says so when it ends', async () => {
    await using serving = await serve({ ageMs: 30, ageGraceMs: 30 });
    await ping(serving.dial());

    await expect.poll(() => serving.events.at(-1)).toMatchObject({ type: 'disconnected', reason: 'age' });
  });

  test('limits that are no numbers are refused before anything is opened', () => {
    const wrong = (connection: object) => () => createServer({ connection });

    expect(wrong({ maxConnections: 0 })).toThrow('Cannot use maxConnections 0: wanted a number above 0');
    expect(wrong({ maxConnectionsPerClient: 'ten' })).toThrow('Cannot use maxConnectionsPerClient ten');
    expect(wrong({ pressureAt: 1.5 })).toThrow('Cannot use pressureAt 1.5: wanted a number above 0, 1 at most');
    expect(wrong({ maxConnection: 1 })).toThrow('did you mean "maxConnections"?');
  });
});
