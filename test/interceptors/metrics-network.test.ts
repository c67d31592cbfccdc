import { setTimeout as sleep } from 'node:timers/promises';
import { Code, connect, StatusError } from 'flowrpc';
import { createRegistry, metrics, watchConnections } from 'flowrpc/interceptors';
import { describe, expect, test } from 'vitest';
import { everyKind, run, shout } from '../suites/kinds.ts';
import { ProbeService } from '../suites/probe-service.ts';
import { onSide, setup, type TestTransport, transports } from '../suites/transports.ts';
import { parseExposition } from './metrics-exposition.ts';

const inProcess = transports[0] as TestTransport;
const tcp = transports[2] as TestTransport;
const often = { interval: 2 };

describe('metrics() under network_… names', () => {
  test('#138 durations come as p50, p95, p99 and p99.9', async () => {
    const registry = createRegistry();
    await using probe = await setup(inProcess, {
      handlers: {
        ...everyKind(shout),
        unary: async ({ n, text }) => {
          await sleep(n);
          return { n, text };
        },
      },
      ...onSide('server', metrics({ registry, dialects: ['network'] })),
    });

    const slow = run(probe.client, 'unary', {}, [{ text: '', n: 300 }]);
    for (let round = 0; round < 30; round++) await run(probe.client, 'unary', {}, [{ text: '', n: 0 }]);
    await slow;

    const exported = parseExposition(registry.text());
    const seconds = (quantile: string): number =>
      exported.value('network_request_duration_seconds', { side: 'server', quantile })!;
    expect(seconds('0.999')).toBeGreaterThan(0.25);
    expect(seconds('0.99')).toBeGreaterThanOrEqual(seconds('0.95'));
    expect(seconds('0.95')).toBeGreaterThanOrEqual(seconds('0.5'));
    expect(seconds('0.5')).toBeLessThan(seconds('0.999'));
    expect(exported.value('network_request_duration_seconds_count', { side: 'server' })).toBe(31);
  });

  test('#138 bytes, messages and errors of both sides stand apart', async () => {
    const registry = createRegistry();
    const interceptors = [metrics({ registry, dialects: ['network'] })];
    await using probe = await setup(tcp, {
      handlers: {
        ...everyKind(shout),
        unary: () => {
          throw new StatusError(Code.NOT_FOUND, 'No');
        },
      },
      server: { interceptors },
      client: { interceptors },
    });

    await run(probe.client, 'bidi');
    await run(probe.client, 'unary');

    await expect
      .poll(() => parseExposition(registry.text()).value('network_errors_total', { side: 'server' }), often)
      .toBe(1);
    const exported = parseExposition(registry.text());
    const server = { side: 'server' };
    const client = { side: 'client' };
    expect(exported.value('network_messages_sent_total', client)).toBe(3);
    expect(exported.value('network_messages_received_total', server)).toBe(3);
    expect(exported.value('network_messages_sent_total', server)).toBe(2);
    expect(exported.value('network_messages_received_total', client)).toBe(2);
    expect(exported.value('network_bytes_sent_total', client)).toBe(
      exported.value('network_bytes_received_total', server),
    );
    expect(exported.value('network_bytes_sent_total', server)).toBe(
      exported.value('network_bytes_received_total', client),
    );
    expect(exported.value('network_bytes_sent_total', server)).toBeGreaterThan(0);
    expect(exported.value('network_errors_total', { ...client, code: 'NOT_FOUND' })).toBe(1);
  });
});

describe('watchConnections()', () => {
  test('#138 connections that are open, came and went are those of the server', async () => {
    const registry = createRegistry();
    await using probe = await setup(tcp, { handlers: everyKind(shout), server: { connection: { maxConnections: 2 } } });
    watchConnections(registry, probe.server);
    const value = (name: string): number | undefined =>
      parseExposition(registry.text()).value(`network_connections${name}`);
    // Channels of different options do not share a connection.
    const another = (initialBackoffMs: number) =>
      connect(probe.channel.target, { reconnect: { initialBackoffMs, maxBackoffMs: 60_000 } });

    await run(probe.client, 'unary');
    await using second = another(1_001);
    await second.client(ProbeService).unary({ text: '', n: 1 });

    expect([value('_active'), value('_total'), value('_rejected_total')]).toEqual([2, 2, 0]);
    await using third = another(1_002);
    await third.client(ProbeService).unary({ text: '', n: 1 }, { timeoutMs: 500 }).status;
    await expect.poll(() => value('_rejected_total'), often).toBeGreaterThanOrEqual(1);
    await third.close();
    await second.close();
    await probe.channel.close();

    await expect.poll(() => value('_active'), often).toBe(0);
    expect(value('_total')).toBe(2);
  });

  test('several servers add up; one that is watched no more leaves its totals', () => {
    const registry = createRegistry();
    const value = (name: string): number | undefined =>
      parseExposition(registry.text()).value(`network_connections${name}`);
    const first = { sessions: { active: 2, accepted: 5, rejected: 1, failed: 1 } };
    const second = { sessions: { active: 1, accepted: 1, rejected: 0 } };

    const end = watchConnections(registry, first);
    watchConnections(registry, first);
    watchConnections(registry, second);

    expect([value('_active'), value('_total'), value('_rejected_total'), value('_failed_total')]).toEqual([3, 6, 1, 1]);
    first.sessions.accepted = 9;
    end();
    end();

    expect([value('_active'), value('_total')]).toEqual([1, 10]);
  });

  test('what counts no connections is refused', () => {
    expect(() => watchConnections(createRegistry(), {} as never)).toThrow('Cannot watch connections: wanted a server');
  });
});
