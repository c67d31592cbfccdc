import assert from 'node:assert/strict';
import { type Channel, type ConnectOptions, connect } from 'flowrpc';
import { largeRequest } from './cases.ts';
import { TestService } from './service.ts';

export interface SoakOptions {
  readonly target: string;
  readonly options: ConnectOptions;
  readonly iterations: number;
  readonly workers: number;
  readonly maxLatencyMs: number;
}

/** Thousands of large calls on one channel. Gives how long the slowest took, in milliseconds; rejects when one fails or takes too long. */
export async function rpcSoak({ target, options, ...soak }: SoakOptions): Promise<number> {
  await using channel = connect(target, options);
  await channel.ready({ timeoutMs: 10_000 });
  return await inTurns(soak, () => largeCall(channel));
}

/** The same, each on a connection of its own. */
export async function channelSoak({ target, options, ...soak }: SoakOptions): Promise<number> {
  return await inTurns(soak, async (worker) => {
    // Channels of one target with the same options share a connection: a number of its own keeps each worker's apart.
    await using channel = connect(target, { ...options, connectTimeoutMs: 20_000 + worker });
    await largeCall(channel);
  });
}

async function largeCall(channel: Channel): Promise<void> {
  const { payload } = await channel.client(TestService).unaryCall(largeRequest);
  assert.equal(payload?.body.length, 314_159);
}

async function inTurns(
  { iterations, workers, maxLatencyMs }: Pick<SoakOptions, 'iterations' | 'workers' | 'maxLatencyMs'>,
  run: (worker: number) => Promise<void>,
): Promise<number> {
  let left = iterations;
  let slowestMs = 0;
  const problems: string[] = [];
  const work = async (worker: number): Promise<void> => {
    while (left-- > 0) {
      const startedAt = performance.now();
      await run(worker).catch((error: unknown) => problems.push(String(error)));
      const took = performance.now() - startedAt;
      slowestMs = Math.max(slowestMs, took);
      if (took > maxLatencyMs) problems.push(`an iteration took ${took.toFixed(0)} ms, wanted at most ${maxLatencyMs}`);
    }
  };
  await Promise.all(Array.from({ length: workers }, (_, worker) => work(worker)));
  if (problems.length > 0) throw new Error(`${problems.length} of ${iterations} failed; the first: ${problems[0]}`);
  return slowestMs;
}
