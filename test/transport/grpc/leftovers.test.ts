import { connect as connectHttp2 } from 'node:http2';
import { credentials, Channel as GrpcJsChannel } from '@grpc/grpc-js';
import { connect } from 'flowrpc';
import { expect, onTestFinished, test, vi } from 'vitest';
import { openTarget } from '../../hostile/target.ts';
import { ProbeService } from '../../suites/probe-service.ts';

interface Pool {
  readonly pool: Readonly<Record<string, readonly unknown[]>>;
  unrefUnusedSubchannels(): void;
}

/** What grpc-js keeps of all channels of a process. */
function sharedPool(): Pool {
  const channel = new GrpcJsChannel('dns:unused', credentials.createInsecure(), {});
  onTestFinished(() => channel.close());
  return (channel as unknown as { internalChannel: { subchannelPool: Pool } }).internalChannel.subchannelPool;
}

test('a target that no channel uses any more is forgotten', async () => {
  await using target = await openTarget();
  const { pool } = sharedPool();
  const channel = connect(`127.0.0.1:${target.port}`);
  await channel.client(ProbeService).unary({ text: '', n: 1 });
  const named = (): string[] => Object.keys(pool).filter((name) => name.includes(`:${target.port}`));
  const used = named();
  await channel.close();

  await target[Symbol.asyncDispose]();
  sharedPool().unrefUnusedSubchannels();

  expect(used).toHaveLength(1);
  expect(named()).toEqual([]);
});

test('the ages of connections spread over few durations, which Node each keeps a list for', async () => {
  const timers = vi.spyOn(globalThis, 'setTimeout');
  onTestFinished(() => timers.mockRestore());
  const ageMs = 12_800_000;
  await using target = await openTarget({}, { connection: { ageMs } });

  for (let n = 0; n < 40; n++) {
    const session = connectHttp2(`http://127.0.0.1:${target.port}`);
    await new Promise((resolve) => session.once('remoteSettings', resolve));
    session.destroy();
  }

  const ages = timers.mock.calls.flatMap(([, ms = 0]) => (ms >= 0.9 * ageMs ? [ms] : []));
  expect(ages).toHaveLength(40);
  expect(new Set(ages).size).toBeGreaterThan(10);
  for (const ms of ages) {
    expect(ms).toBeLessThanOrEqual(1.1 * ageMs);
    expect(((ms / ageMs - 0.9) * 1_280) % 1).toSatisfy((rest: number) => Math.min(rest, 1 - rest) < 1e-6);
  }
});
