import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'flowrpc';
import { describe, expect, test } from 'vitest';
import { ProbeService } from '../suites/probe-service.ts';
import { openHostile } from './hostile-server.ts';

describe('C-07 a server that ends the connection of each call', () => {
  test('is tried at pauses that grow by the back-off up to its longest, once for each', async () => {
    const connections = new Map<unknown, number>();
    const wanted = 4 + 5;
    await using hostile = await openHostile((stream) => {
      if (!connections.has(stream.session)) connections.set(stream.session, performance.now());
      stream.session?.destroy();
    });
    await using channel = connect(`127.0.0.1:${hostile.port}`, {
      trace: false,
      reconnect: { initialBackoffMs: 100, maxBackoffMs: 400 },
    });
    const { unary } = channel.client(ProbeService);

    while (connections.size < wanted) {
      await unary({ text: '', n: 1 }).status;
      await sleep(2);
    }

    const at = [...connections.values()];
    // The first four may be accidents. Pauses are up to a fifth shorter than they say, and longer as the machine is busy.
    const least = [100, 160, 256, 400, 400].map((ms) => ms * 0.8 - 2);
    for (const [index, ms] of least.entries()) {
      const first = 3 + index;
      expect((at[first + 1] as number) - (at[first] as number)).toBeGreaterThanOrEqual(ms);
    }
  });

  test('is tried anew at once after a connection that lasted', async () => {
    let kill = true;
    const connections = new Set<unknown>();
    await using hostile = await openHostile(
      (stream) => {
        connections.add(stream.session);
        if (kill) stream.session?.destroy();
        else
          stream.respond(
            { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '12' },
            { endStream: true },
          );
      },
      { reconnect: { initialBackoffMs: 100, maxBackoffMs: 60_000 } },
    );
    const { unary } = hostile.channel.client(ProbeService);
    const messages: string[] = [];
    const call = async (): Promise<void> => {
      messages.push((await unary({ text: '', n: 1 }).status).message);
      await sleep(2);
    };
    while (connections.size < 5) await call();
    kill = false;
    while (connections.size < 6) await call();
    await sleep(1_100);
    kill = true;

    const before = connections.size;
    messages.length = 0;
    while (connections.size < before + 2) await call();

    expect(messages.filter((message) => message.includes('the next attempt is in'))).toEqual([]);
  });
});
