import type { NodeContext } from '../node-context.ts';

/** A function that `syscall` nodes call: with the items of a list payload, or with any other payload as its one argument. */
export type Syscall = (context: NodeContext, ...args: readonly never[]) => unknown;

/** Functions by opcode. */
export type Syscalls = Readonly<Record<string, Syscall>>;

/** The function of an opcode as a function of a payload. A function that gives undefined gives null. */
export function callOf(run: Syscall): (payload: unknown, context: NodeContext) => unknown {
  return async (payload, context) => {
    const args = Array.isArray(payload) ? (payload as never[]) : [payload as never];
    return (await run(context, ...args)) ?? null;
  };
}
