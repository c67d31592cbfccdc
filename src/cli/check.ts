import { formatProblems, hasErrors } from '../graph/index.ts';
import { createKinds } from '../nodes/kinds.ts';
import { PacketTape } from '../runtime/packet-tape.ts';
import { testKinds } from '../runtime/test-kinds.ts';
import { checkTogether } from './config-graph.ts';
import { readConfig } from './config-option.ts';
import { ExitCode } from './exit.ts';
import { jsonLine, print } from './output.ts';
import { readSpecFiles, type SpecOptions } from './spec-files.ts';
import type { TargetOptions } from './target-options.ts';

export interface CheckOptions extends SpecOptions, TargetOptions {
  config?: string;
  /** A server whose graph these files are the next version of; the options of `TargetOptions` are for it. */
  against?: string;
}

/**
 * `flowrpc check FILE…`: everything that is wrong with a graph and a config file, without running any of it. Warnings alone do not fail.
 * `--against HOST`: also what callers of the graph at that server would lose.
 */
export async function check(files: readonly string[], options: CheckOptions): Promise<number> {
  await using configured = await readConfig(options.config);
  const namespace = options.namespace ?? configured.config.namespace;
  const parsed = await readSpecFiles(files, { ...options, namespace });
  // Files of `flowrpc test` are graphs too.
  const kinds = createKinds(...testKinds(new PacketTape()));
  const environment = { ...configured.config.environment, ...options.env };
  const { ofConfig, ofGraph, plans } = await checkTogether(configured, { ...parsed, kinds, environment });
  const found = [...ofConfig, ...ofGraph];
  const problems = [...found];
  if (options.against !== undefined && !hasErrors(found)) {
    const { checkAgainst } = await import('./check-against.ts');
    problems.push(...(await checkAgainst(options.against, plans, options)));
  }
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
