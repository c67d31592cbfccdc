import { maxTimerMs } from '../../core/deadline.ts';
import { turn } from '../turn.ts';

/** A moment at which something is to begin. */
export interface Tick {
  /** When it was due. */
  readonly time: Date;
  /** Moments before it that nobody was awake for. */
  readonly missed: number;
}

/** Ticks until the signal aborts. */
export type Ticks = (signal: AbortSignal) => AsyncIterable<Tick>;

/** One each so many milliseconds, by the monotonic clock: a late one does not move those after it. */
export function everyInterval(intervalMs: number, immediate: boolean): Ticks {
  return async function* ticks(signal) {
    const start = performance.now();
    let number = immediate ? 0 : 1;
    let expected = number;
    while (await sleepUntil(() => start + number * intervalMs - performance.now(), signal)) {
      // Those that went by while nothing could run are one.
      number = Math.max(number, Math.floor((performance.now() - start) / intervalMs));
      yield { time: new Date(), missed: number - expected };
      number += 1;
      expected = number;
    }
  };
}

/** The next moment of a schedule after a given one; null when there is none. */
export type NextRun = (after: Date) => Date | null;

/** How long a clock is trusted that may be set meanwhile. */
const lookMs = 60_000;

/** Ticks of a schedule, by the clock on the wall. */
export function bySchedule(nextRun: NextRun, immediate: boolean): Ticks {
  return async function* ticks(signal) {
    if (immediate && !signal.aborted) yield { time: new Date(), missed: 0 };
    for (let due = nextRun(new Date()); due !== null; ) {
      const at = due.getTime();
      if (!(await sleepUntil(() => at - Date.now(), signal, lookMs))) return;
      let missed = 0;
      const now = new Date();
      let next = nextRun(due);
      for (; next !== null && next <= now && missed < 1_000_000; next = nextRun(next)) {
        due = next;
        missed += 1;
      }
      yield { time: due, missed };
      due = next;
    }
  };
}

/** Resolves when nothing is left of a time, asked anew each `atMostMs`; false once the signal aborts. */
async function sleepUntil(leftMs: () => number, signal: AbortSignal, atMostMs: number = maxTimerMs): Promise<boolean> {
  let left = leftMs();
  // Whoever is always late must leave the others a turn, or nothing else would run in this thread.
  if (left <= 0) await turn();
  for (; left > 0 && !signal.aborted; left = leftMs()) await sleep(Math.min(left, atMostMs), signal);
  return !signal.aborted;
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, Math.ceil(ms));
    signal.addEventListener('abort', done, { once: true });
  });
}
