import { runWorker } from '../run-worker.ts';
import type { Plant } from './plants.ts';

const preload = new URL('plant.mjs', import.meta.url).href;

export interface Search {
  /** By an input that the fuzzer made: one that is found by a kept input shows nothing of it. */
  readonly found: boolean;
  /** Inputs that had been tried until then, or in all. */
  readonly executions: number;
  readonly seconds: number;
  /** How the fault showed, or why it did not count. */
  readonly said: string;
}

/** Fuzzes a target whose code has that fault, from kept inputs alone, until it breaks. */
export async function runPlant(
  plant: Plant,
  { seconds = 60, executions = Number.POSITIVE_INFINITY, seed = 1 } = {},
): Promise<Search> {
  const { file, from, to } = plant;
  const args = ['--seconds', seconds, '--executions', executions, '--failures', 1, '--seed', seed, '--seeds-only'];
  const end = await runWorker([plant.target, ...args.map(String)], {
    preload: [preload],
    env: { FLOWRPC_PLANT: JSON.stringify({ file, from, to }) },
  });
  const [failure] = end.result?.failures ?? [];
  if (end.result === undefined) return { found: false, executions: 0, seconds: 0, said: end.died };
  if (failure === undefined) return { found: false, ...counts(end.result), said: 'nothing broke' };
  const early = failure.execution <= end.result.kept;
  const said = early ? 'a kept input breaks it already' : failure.error;
  return { found: !early, executions: failure.execution, seconds: end.result.seconds, said };
}

function counts({ executions, seconds }: { executions: number; seconds: number }): {
  executions: number;
  seconds: number;
} {
  return { executions, seconds };
}
