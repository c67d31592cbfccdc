import { silentLogger } from 'flowrpc';
import { createLanguages, type Languages, type RunContext } from 'flowrpc/nodes';

/** What a program gets beside its arguments, for tests. */
export function runContext(more: Partial<RunContext> = {}): RunContext {
  return { signal: new AbortController().signal, deadline: Number.POSITIVE_INFINITY, log: silentLogger, ...more };
}

const builtIn = createLanguages();

/** What an expression in CEL gives for a payload. */
export async function evaluate(code: string, self: unknown, languages: Languages = builtIn): Promise<unknown> {
  const program = await languages.get('cel').compile(code, {});
  return await program.run([self], runContext());
}
