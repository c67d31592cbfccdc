import { getEventListeners } from 'node:events';
import { collectGarbage } from '../collect-garbage.ts';

/** What a process holds at one moment, bytes and counts. */
export interface Reading {
  /** Calls, or whatever was done, up to here. */
  readonly done: number;
  readonly heap: number;
  readonly external: number;
  readonly rss: number;
  /** Open handles by type, and listeners of what lives as long as the process. */
  readonly counts: Readonly<Record<string, number>>;
}

/** Reads what is left once everything that could go has gone. `kept` are signals that outlive calls. */
export async function read(
  done: number,
  { kept = [], settleMs = 500 }: { kept?: readonly AbortSignal[]; settleMs?: number } = {},
): Promise<Reading> {
  await new Promise((resolve) => setTimeout(resolve, settleMs));
  await collectGarbage({ type: 'major', execution: 'async' });
  await collectGarbage({ type: 'major', execution: 'async' });
  const { heapUsed, external, rss } = process.memoryUsage();
  return { done, heap: heapUsed, external, rss, counts: { ...handles(), ...listeners(kept) } };
}

function handles(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of process.getActiveResourcesInfo()) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

function listeners(kept: readonly AbortSignal[]): Record<string, number> {
  const ofProcess = process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0);
  const ofSignals = kept.reduce((sum, signal) => sum + getEventListeners(signal, 'abort').length, 0);
  return { 'process listeners': ofProcess, 'signal listeners': ofSignals };
}
