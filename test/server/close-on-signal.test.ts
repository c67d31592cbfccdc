import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Channel, Code, closeOnSignal, connect, createServer, type Server, silentLogger } from 'flowrpc';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { Health } from '../../src/wire/gen/grpc/health/v1/health.ts';
import { ProbeService } from '../suites/probe-service.ts';

vi.setConfig({ testTimeout: 60_000 });

const program = fileURLToPath(new URL('closing-program.ts', import.meta.url));
const children = new Set<ChildProcess>();
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
});

async function started(settleMs: number, graceMs: number) {
  const args = ['--import', 'tsx', '--conditions=@flowrpc/source', program, String(settleMs), String(graceMs)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  children.add(child);
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  const [address] = (await once(reader, 'line')) as [string];
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, said: lines.slice(1) }));
  return { child, ended, channel: connect(address) };
}

/** Resolves once the server says that it is not ready. */
async function notServing(channel: Channel): Promise<{ read(): Promise<void> }> {
  const watch = channel.client(Health).watch({ service: '' });
  await watch.next();
  return {
    async read() {
      expect((await watch.next()).value?.status).toBe('NOT_SERVING');
      watch.cancel();
    },
  };
}

const slow = (channel: Channel, ms: number) =>
  channel.client(ProbeService).unary({ text: 'slow', n: ms }, { timeoutMs: 50_000 }).status;

describe('closeOnSignal()', () => {
  test('SIGTERM: not ready at once, calls are taken while it settles, what is under way ends well, exit code 0', async () => {
    const { child, ended, channel } = await started(1_000, 20_000);
    const watching = await notServing(channel);

    child.kill('SIGTERM');
    await watching.read();
    const [taken, long] = await Promise.all([slow(channel, 0), slow(channel, 2_000)]);

    expect([taken.code, long.code]).toEqual([Code.OK, Code.OK]);
    expect(await ended).toEqual({ code: 0, signal: null, said: ['cut 0'] });
    await channel.close();
  });

  test('what outlives the grace is UNAVAILABLE, and the exit code is 0 all the same', async () => {
    const { child, ended, channel } = await started(50, 100);
    await slow(channel, 0);
    const call = slow(channel, 40_000);
    // The same connection: the one before is with the server by now.
    await slow(channel, 0);

    child.kill('SIGTERM');

    expect((await call).code).toBe(Code.UNAVAILABLE);
    expect(await ended).toEqual({ code: 0, signal: null, said: ['cut 1'] });
    await channel.close();
  });

  test('Ctrl-C does not settle', async () => {
    const { child, ended, channel } = await started(600_000, 100);
    await slow(channel, 0);

    child.kill('SIGINT');

    expect(await ended).toEqual({ code: 0, signal: null, said: ['cut 0'] });
    await channel.close();
  });

  test('a second signal ends the process at once', async () => {
    const { child, ended, channel } = await started(600_000, 600_000);
    const watching = await notServing(channel);

    child.kill('SIGTERM');
    await watching.read();
    // Sooner, it would be the first one told twice.
    await new Promise((resolve) => setTimeout(resolve, 400));
    child.kill('SIGTERM');

    expect(await ended).toEqual({ code: 143, signal: null, said: [] });
    await channel.close();
  });

  test('ends, and listens to no signal any more, when somebody else closes the server', async () => {
    const before = process.listenerCount('SIGTERM');
    const server = createServer({ logger: silentLogger });
    const closing = closeOnSignal(server);
    expect(process.listenerCount('SIGTERM')).toBe(before + 1);

    const report = await server.close({ graceMs: 0 });

    expect(await closing).toBe(report);
    expect(process.listenerCount('SIGTERM')).toBe(before);
  });

  test.each([
    ['is closed already', (server: Server) => server.close({ graceMs: 0 })],
    ['closes', (server: Server) => void server.close({ settleMs: 50, graceMs: 0 })],
  ])('ends where the server %s', async (_, close) => {
    const before = process.listenerCount('SIGTERM');
    const server = createServer({ logger: silentLogger });
    await close(server);

    expect(await closeOnSignal(server)).toBe(await server.close());

    expect(process.listenerCount('SIGTERM')).toBe(before);
  });

  test('a time longer than any timer is a long time', async () => {
    const { child, ended, channel } = await started(0, 1e12);
    const call = slow(channel, 1_000);
    await slow(channel, 0);

    child.kill('SIGTERM');

    expect((await call).code).toBe(Code.OK);
    expect(await ended).toEqual({ code: 0, signal: null, said: ['cut 0'] });
    await channel.close();
  });

  test('an option that it does not know, or a time below zero, is refused before it waits', async () => {
    const server = createServer({ logger: silentLogger });
    await expect(closeOnSignal(server, { grace: 1 } as never)).rejects.toThrow('graceMs');
    await expect(closeOnSignal(server, { settleMs: -1 })).rejects.toThrow('settleMs');
    expect(() => server.close({ settleMs: -1 })).toThrow('settleMs');
    await server.close();
  });
});
