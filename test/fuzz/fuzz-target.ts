import { corpusOf, seedCorpus } from './corpus.ts';
import { Coverage } from './coverage.ts';
import type { Failure } from './failures.ts';
import { type FuzzBounds, Fuzzer } from './fuzzer.ts';
import { openTarget } from './target.ts';

export interface FuzzResult {
  readonly target: string;
  readonly seconds: number;
  readonly executions: number;
  /** Of these, inputs that were there to start from. */
  readonly kept: number;
  /** Blocks of code that were reached. */
  readonly blocks: number;
  /** Inputs that reach something which no other does. */
  readonly inputs: number;
  readonly failures: readonly Failure[];
}

export interface FuzzOptions extends FuzzBounds {
  readonly seed: number;
  /** Start from kept inputs alone, and keep nothing. */
  readonly seedsOnly: boolean;
  /** Called often while it runs. */
  readonly tell: () => void;
}

/** Feeds a target inputs for a while, until so many were made, or so many failures found. */
export async function fuzzTarget(name: string, { seed, seedsOnly, tell, ...bounds }: FuzzOptions): Promise<FuzzResult> {
  const coverage = await Coverage.start();
  // Loading takes its time where much else runs.
  const beat = setInterval(tell, 1_000);
  const target = await openTarget(name);
  clearInterval(beat);
  const fuzzer = new Fuzzer(target, coverage, seedsOnly ? seedCorpus(name) : corpusOf(name), { seed, tell });
  const startedAt = performance.now();
  try {
    await fuzzer.run(bounds);
  } finally {
    coverage.stop();
    await target.close?.();
  }
  const { executions, kept, inputs, failures } = fuzzer;
  const seconds = (performance.now() - startedAt) / 1_000;
  return { target: name, seconds, executions, kept, blocks: coverage.size, inputs, failures };
}
