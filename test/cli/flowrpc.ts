import { fileURLToPath } from 'node:url';
import { vi } from 'vitest';
import { type ProgramResult, runProgram } from '../program.ts';

// Tests of the command line start processes, several at once, and a busy machine takes seconds for each.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

/** The command line's program. */
export const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

/** What node is given to start it as users of the repository do. */
export const nodeArgs = ['--import', 'tsx', '--conditions=@flowrpc/source', main];

/** Runs a command line to its end. */
export function flowrpc(args: readonly string[], { input = '' } = {}): Promise<ProgramResult> {
  return runProgram(main, args, { input, timeoutMs: 80_000 });
}
