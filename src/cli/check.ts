import { formatProblems, hasErrors } from '../graph/index.ts';
import { checkTogether } from './config-graph.ts';
import { readConfig } from './config-option.ts';
import { ExitCode } from './exit.ts';
import { jsonLine, print } from './output.ts';
import { readSpecFiles, type SpecOptions } from './spec-files.ts';

export interface CheckOptions extends SpecOptions {
  config?: string;
}

/** `flowrpc check FILE…`: everything that is wrong with a graph and a config file, without running any of it. Warnings alone do not fail. */
export async function check(files: readonly string[], options: CheckOptions): Promise<number> {
  await using configured = await readConfig(options.config);
  const parsed = await readSpecFiles(files, options);
  const { ofConfig, ofGraph } = await checkTogether(configured, { ...parsed, environment: options.env });
  const problems = [...ofConfig, ...ofGraph];
  const ok = !hasErrors(problems);
  if (options.json) await print(jsonLine({ ok, nodes: parsed.specs.length, problems }));
  else {
    process.stderr.write(formatProblems(problems));
    if (ok) await print(`ok: ${count(parsed.specs.length, 'node')}, ${count(problems.length, 'warning')}`);
  }
  if (hasErrors(ofConfig)) return ExitCode.usage;
  return ok ? ExitCode.ok : ExitCode.failed;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
