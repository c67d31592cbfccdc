import { parseArgs } from 'node:util';
import { CallMix } from './calls.ts';
import { type Churn, churns } from './churns.ts';
import { type Reading, read } from './reading.ts';
import { type Growth, growthOf } from './slope.ts';

/*
 * `npm run soak [-- --calls 10000000] [--max-seconds n]`: calls and churns, and what they leave behind. Exit code 1 when that grows, when a call ended
 * otherwise than it should have, or when the process was warned of something. Churns are a share of their own figures, as the calls are of 10,000,000;
 * where the time is too short for all, fewer are made, and the figures say how many.
 */

const { values } = parseArgs({
  options: { calls: { type: 'string', default: '10000000' }, 'max-seconds': { type: 'string', default: 'Infinity' } },
});
const calls = Number(values.calls);
const maxMs = Number(values['max-seconds']) * 1_000;
if (!(calls >= 1_000) || !(maxMs > 0))
  throw new Error('Cannot soak: wanted --calls of 1000 or more, --max-seconds above 0');
const startedAt = performance.now();
const rounds = 20;
/** The first ones fill caches. */
const warm = 5;
const slices = 10;
const callShare = 0.6;
const churnShare = (0.9 - callShare) / churns.length;

/** What may stay behind: of 1,000,000 calls, of each time of a churn, and what a heap goes up and down by in any case. */
const maxBytesPerMillion = 5 * 1024 * 1024;
const maxBytesEach = 200;
const noiseBytes = 1024 * 1024;

const failures: string[] = [];
process.on('warning', ({ name, message }) => failures.push(`${name}: ${message}`));

console.log(`soak, Node ${process.versions.node}, ${calls} calls`);
await soakCalls();
for (const churn of churns) await soakChurn(churn);
for (const failure of failures) console.log(`FAILED: ${failure}`);
process.exitCode = failures.length === 0 ? 0 : 1;

async function soakCalls(): Promise<void> {
  await using mix = await CallMix.open();
  const perMs = await warmUp(mix);
  const each = Math.ceil(Math.min(calls, perMs * maxMs * callShare) / rounds);
  const readings: Reading[] = [];
  for (let round = 1; round <= rounds; round++) {
    await mix.run(each);
    readings.push(await read(round * each, { kept: [mix.signal] }));
  }
  for (const [how, count] of mix.wrong) failures.push(`calls: ${count} ended with ${how}`);
  judge('calls', readings, growthOf(readings.slice(warm - 1)), maxBytesPerMillion / 1e6);
}

/** Gives how many calls a millisecond takes. */
async function warmUp(mix: CallMix): Promise<number> {
  const wanted = Math.min(50_000, calls / 10);
  const since = performance.now();
  let done = 0;
  while (done < wanted && performance.now() - since < maxMs / 10) {
    await mix.run(1_000);
    done += 1_000;
  }
  return done / (performance.now() - since);
}

async function soakChurn({ name, times, open }: Churn): Promise<void> {
  const wanted = Math.max(100, Math.ceil((times * calls) / 10_000_000));
  const { once, close } = await open();
  const since = performance.now();
  const readings: Reading[] = [];
  for (let n = 0; n < wanted && (n < 50 || performance.now() - since < maxMs * churnShare); n++) {
    try {
      await once(n);
    } catch (error) {
      failures.push(`${name}: the ${n + 1}. failed: ${String(error).slice(0, 200)}`);
      break;
    }
    if ((n + 1) % Math.ceil(wanted / slices) === 0) readings.push(await read(n + 1, { settleMs: 200 }));
  }
  await close();
  judge(name, readings, growthOf(readings.slice(2)), maxBytesEach);
}

/** Says what was left behind, in a line for people and one for programs, and whether it is too much. */
function judge(name: string, readings: readonly Reading[], growth: Growth, maxEach: number): void {
  const { done = 0, heap = 0, rss = 0, counts = {} } = readings.at(-1) ?? {};
  for (const where of ['heap', 'external'] as const) {
    if (growth[where] > maxEach && growth[where] * done > noiseBytes)
      failures.push(`${name}: ${where} grows by ${growth[where].toFixed(1)} bytes each`);
  }
  failures.push(...growth.more.map((what) => `${name}: more is open at the end, ${what}`));
  const seconds = Math.round((performance.now() - startedAt) / 1_000);
  const [heapEach, externalEach] = [growth.heap, growth.external].map((bytes) => Number((bytes * 1_000).toFixed(1)));
  console.log(
    `${name}: ${done} done, ${heapEach} bytes of heap left by 1,000, ${externalEach} outside of it (${seconds} s)`,
  );
  console.log(JSON.stringify({ name, done, heap, rss, bytesPer1000: heapEach, externalPer1000: externalEach, counts }));
}
