import { copyValue } from '../copy-value.ts';
import { emitted } from '../emitted.ts';
import type { SourceContext } from '../node-context.ts';
import type { Tick, Ticks } from './ticks.ts';

export type Overlap = 'skip' | 'queue' | 'allow';

export interface BeatsOptions {
  readonly ticks: Ticks;
  readonly overlap: Overlap;
  readonly timeoutMs: number | undefined;
  /** Undefined: each gets its own, `{ time, count, missed }`. */
  readonly payload: unknown;
}

/** Those that wait for one before them. */
const maxQueued = 100;

/** Starts a process at each tick, until the source is to stop. */
export async function beat({ ticks, overlap, timeoutMs, payload }: BeatsOptions, source: SourceContext): Promise<void> {
  const queue: Tick[] = [];
  let running = 0;
  let count = 0;
  let missed = 0;
  const start = async (tick: Tick): Promise<void> => {
    running += 1;
    count += 1;
    const own = { time: tick.time.toISOString(), count, missed: tick.missed + missed };
    missed = 0;
    const options = timeoutMs === undefined ? {} : { timeoutMs };
    const reply = await emitted(source, payload === undefined ? own : copyValue(payload), options);
    running -= 1;
    if (source.signal.aborted) return;
    if (reply instanceof Error) source.log.warn('scheduled process failed', { count: own.count, error: reply });
    const next = queue.shift();
    if (next !== undefined) void start(next);
  };
  for await (const tick of ticks(source.signal)) {
    if (running === 0 || overlap === 'allow') void start(tick);
    else if (overlap === 'queue' && queue.length < maxQueued) queue.push(tick);
    else missed += 1 + tick.missed;
  }
}
