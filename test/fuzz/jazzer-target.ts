import { openTarget } from './target.ts';

/* What `.ci/fuzz-jazzer` runs: the target that FLOWRPC_FUZZ names, as libFuzzer calls it. */

const target = await openTarget(process.env.FLOWRPC_FUZZ ?? '');

/** Runs one input; rejects when the target did what it never may. */
export async function fuzz(input: Buffer): Promise<void> {
  // A copy: the fuzzer uses its bytes again.
  await target.run(Buffer.from(input));
}
