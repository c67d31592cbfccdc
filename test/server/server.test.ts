import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer, type ServerEvent, type ServiceModule, silentLogger } from 'flowrpc';
import { describe, expect, test } from 'vitest';
import { echo, ProbeService } from '../suites/probe-service.ts';

const make = () => createServer({ logger: silentLogger });

describe('server.listen()', () => {
  test('port 0 reports the port, several addresses serve at once (#116)', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'flowrpc-'));
    const server = make().add(ProbeService, echo);

    const tcp = await server.listen('127.0.0.1:0');
    const unix = await server.listen(`unix:${join(folder, 's')}`);
    const replies = await Promise.all(
      [tcp, unix].map(async ({ address }) => {
        await using channel = connect(address);
        return await channel.client(ProbeService).unary({ text: address, n: 1 });
      }),
    );

    expect(tcp.port).toBeGreaterThan(0);
    expect(tcp.address).toBe(`127.0.0.1:${tcp.port}`);
    expect(unix.port).toBe(0);
    expect(server.addresses).toEqual([tcp.address, unix.address]);
    expect(server.listening).toBe(true);
    expect(replies.map(({ text }) => text)).toEqual([tcp.address, unix.address]);
    await server.close({ graceMs: 0 });
    expect(server.listening).toBe(false);
    await rm(folder, { recursive: true, force: true });
  });

  test('a port in use is an error that names it, and the server goes on', async () => {
    await using first = make();
    await using second = make().add(ProbeService, echo);
    const { address } = await first.listen('127.0.0.1:0');

    await expect(second.listen(address)).rejects.toThrow(address);
    expect(second.listening).toBe(false);
    expect((await second.listen('127.0.0.1:0')).port).toBeGreaterThan(0);
  });

  test.each(['', 'nonsense', '127.0.0.1', '127.0.0.1:99999', '127.0.0.1:x', 'unix:'])(
    'the address %j is refused',
    async (address) => {
      await using server = make();

      await expect(server.listen(address)).rejects.toThrow(Error);
      expect(server.listening).toBe(false);
    },
  );

  test('after close() it listens no more', async () => {
    const server = make();
    await server.close();

    await expect(server.listen('127.0.0.1:0')).rejects.toThrow('Cannot listen on "127.0.0.1:0": the server was closed');
  });
});

describe('server.watch()', () => {
  test('tells of services as they come, change and go, and of the end', async () => {
    const events: string[] = [];
    const server = make();
    const stop = server.watch((event: ServerEvent) =>
      events.push(event.type === 'draining' ? event.type : `${event.type} ${event.service.name}`),
    );

    server.add(ProbeService, echo).replace(ProbeService, {});
    server.remove(ProbeService);
    await server.close();
    stop();

    expect(events).toEqual([
      'added suite.Probe',
      'removed suite.Probe',
      'added suite.Probe',
      'removed suite.Probe',
      'draining',
    ]);
  });

  test('a module is attached once, and detached when it is removed, replaced or the server closes', async () => {
    const log: string[] = [];
    const module: ServiceModule = {
      service: ProbeService,
      handlers: {},
      attach: ({ services }) => {
        log.push(`attached ${services.size}`);
        return () => void log.push('detached');
      },
    };

    const removed = make().add(module);
    removed.remove(ProbeService);
    const replaced = make().add([module]);
    replaced.replace(ProbeService, echo);
    const closed = make().add(module);
    await closed.close();
    await Promise.all([removed.close(), replaced.close()]);

    expect(log).toEqual(['attached 1', 'detached', 'attached 1', 'detached', 'attached 1', 'detached']);
  });
});
