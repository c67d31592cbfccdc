import { fileURLToPath } from 'node:url';
import { type ProgramResult, runProgram } from '../program.ts';

/** The command line's program. */
export const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

/** What node is given to start it as users of the repository do. */
export const nodeArgs = ['--import', 'tsx', '--conditions=@flowrpc/source', main];

/** Runs a command line to its end. */
export function flowrpc(args: readonly string[], { input = '' } = {}): Promise<ProgramResult> {
  return runProgram(main, args, { input });
}
