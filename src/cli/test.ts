import { existsSync } from 'node:fs';
import { createGraph, formatProblems, GraphError } from '../graph/index.ts';
import { createKinds } from '../nodes/kinds.ts';
import { PacketTape } from '../runtime/packet-tape.ts';
import { testKinds } from '../runtime/test-kinds.ts';
import { runTests } from '../runtime/test-run.ts';
import { Interrupt } from '../server/interrupt.ts';
import { ExitCode, UsageError } from './exit.ts';
import { note, print } from './output.ts';
import { readSpecFiles, type SpecOptions } from './spec-files.ts';
import { type ReporterName, reporters } from './test-report.ts';

export interface TestOptions extends SpecOptions {
  reporter?: ReporterName;
  timeout?: number;
}

/** `flowrpc test [PATTERN] FILE…`: runs the `test` nodes of a graph. Fails when one fails, and when there is none to run. */
export async function test(args: readonly string[], options: TestOptions): Promise<number> {
  const { pattern, files } = split(args);
  const { env: environment, timeout: timeoutMs, reporter = options.json ? 'json' : 'text' } = options;
  const { line, summary } = reporters[reporter];
  const tape = new PacketTape();
  const parsed = await readSpecFiles(files, options);
  using interrupt = new Interrupt();
  try {
    await using graph = await createGraph({ ...parsed, environment, kinds: createKinds(...testKinds(tape)) });
    graph.observe(tape);
    const results = await runTests(graph, {
      match: pattern,
      timeoutMs,
      signal: interrupt.signal,
      onResult: async (result) => {
        if (line !== undefined) await print(line(result));
      },
    });
    await print(summary(results));
    if (results.length === 0) note(`no test ${pattern === undefined ? 'was found' : `matches ${String(pattern)}`}`);
    const passed = results.length > 0 && results.every(({ status }) => status === 'pass');
    return passed ? ExitCode.ok : ExitCode.failed;
  } catch (error) {
    if (!(error instanceof GraphError)) throw error;
    process.stderr.write(formatProblems(error.problems));
    return ExitCode.failed;
  }
}

/** The first argument is the pattern unless there is a file of that name. */
function split([first, ...rest]: readonly string[]): { pattern?: RegExp; files: readonly string[] } {
  if (first === undefined) throw new UsageError('Wanted a file');
  if (rest.length === 0 || first === '-' || existsSync(first)) return { files: [first, ...rest] };
  try {
    return { pattern: new RegExp(first), files: rest };
  } catch (error) {
    throw new UsageError(`Cannot use ${JSON.stringify(first)} as pattern: ${(error as Error).message}`);
  }
}
