import type { Churn } from './churns.ts';
import type { Part } from './part.ts';
import { type Reading, read } from './reading.ts';

const slices = 10;
/** However long it takes: fewer say nothing. */
const fewest = 0.5;
/** Enough for a compiler to have seen most of it. */
const warm = 50;

/** Opens and closes one thing again and again: a share of its times, as the calls are of 10,000,000. */
export function soakChurn({ name, times, maxBytesEach, open }: Churn): Part {
  return {
    name,
    async run({ calls, maxMs }) {
      const wanted = Math.max(300, Math.ceil((times * calls) / 10_000_000));
      const { once, close } = await open();
      const failures: string[] = [];
      const readings: Reading[] = [];
      const since = performance.now();
      for (let n = -warm; n < wanted && (n < wanted * fewest || performance.now() - since < maxMs); n++) {
        try {
          await once(n + warm);
        } catch (error) {
          failures.push(`the ${n + 1}. failed: ${String(error).slice(0, 200)}`);
          break;
        }
        if (n >= 0 && (n + 1) % Math.ceil(wanted / slices) === 0) readings.push(await read(n + 1, { settleMs: 300 }));
      }
      await close();
      return { wanted, readings: readings.slice(2), failures, maxBytesEach };
    },
  };
}
