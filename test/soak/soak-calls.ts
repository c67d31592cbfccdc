import { CallMix } from './calls.ts';
import type { Part } from './part.ts';
import { type Reading, read } from './reading.ts';

const rounds = 20;
/** The first ones fill caches. */
const warm = 5;
const maxBytesPerMillion = 5 * 1024 * 1024;

/** A mix of calls, in rounds. Where the time is too short for all, fewer are made. */
export const soakCalls: Part = {
  name: 'calls',
  async run({ calls, maxMs, plant }) {
    await using mix = await CallMix.open({ plant });
    const perMs = await warmUp(mix, calls, maxMs);
    const each = Math.ceil(Math.min(calls, perMs * maxMs * 0.8) / rounds);
    const readings: Reading[] = [];
    for (let round = 1; round <= rounds; round++) {
      await mix.run(each);
      readings.push(await read(round * each, { kept: [mix.signal] }));
    }
    return {
      wanted: calls,
      readings: readings.slice(warm - 1),
      failures: [...mix.wrong].map(([how, count]) => `${count} ended with ${how}`),
      maxBytesEach: maxBytesPerMillion / 1e6,
    };
  },
};

/** Gives how many calls a millisecond takes. */
async function warmUp(mix: CallMix, calls: number, maxMs: number): Promise<number> {
  const wanted = Math.min(50_000, calls / 100);
  const since = performance.now();
  let done = 0;
  while (done < wanted && performance.now() - since < maxMs / 10) {
    await mix.run(1_000);
    done += 1_000;
  }
  return done / (performance.now() - since);
}
