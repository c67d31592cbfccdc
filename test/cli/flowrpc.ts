import { join } from 'node:path';
import { vi } from 'vitest';
import { type ProgramResult, runNode } from '../program.ts';

// Tests of the command line start processes, several at once, and a busy machine takes seconds for each.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

/** What node is given to start it as users of the package do. */
export const nodeArgs = [join(process.env.BUILT_PACKAGE ?? '', 'dist/src/cli/main.js')];

/** Runs a command line to its end. */
export function flowrpc(args: readonly string[], { input = '' } = {}): Promise<ProgramResult> {
  return runNode([...nodeArgs, ...args], { input, timeoutMs: 80_000 });
}
