import { expect, test } from 'vitest';
import { CallMix } from './calls.ts';
import { judge, type PartResult } from './part.ts';
import { type Reading, read } from './reading.ts';

const timeout = 120_000;

/** A short soak: ten rounds of 250 calls. */
async function soak(plant?: string): Promise<PartResult> {
  await using mix = await CallMix.open({ plant });
  const readings: Reading[] = [];
  await mix.run(500);
  for (let round = 1; round <= 10; round++) {
    await mix.run(250);
    readings.push(await read(round * 250, { kept: [mix.signal], settleMs: 100 }));
  }
  const failures = [...mix.wrong].map(([how, count]) => `${count} ended with ${how}`);
  return judge('calls', { wanted: 2_500, readings, failures, maxBytesEach: 5 }, 0);
}

test('calls that end in every way leave no handle and no listener behind', { timeout }, async () => {
  const { failures } = await soak();

  expect(failures.filter((failure) => !failure.startsWith('heap'))).toEqual([]);
});

test('a listener or 4 KB for each call, and a socket for each 1,000, are seen', { timeout }, async () => {
  const { failures } = await soak('listener,kilobytes,socket');

  expect(failures).toEqual([
    expect.stringMatching(/^heap grows by [34]\d{3}\.\d bytes each: wanted 5\.0 at most$/),
    expect.stringMatching(/, TCPSocketWrap: \d+$/),
    expect.stringMatching(/, signal listeners: \d{4}$/),
  ]);
});
