import type { Problem } from '../graph/problems.ts';
import { type NodeSpec, type ParsedSpecs, parseSpecs } from '../graph/spec.ts';
import { asUsage } from './exit.ts';
import { readWhole } from './input.ts';

export interface SpecOptions {
  namespace?: string;
  /** Values given with `-e`. */
  env?: Readonly<Record<string, string>>;
  json?: boolean;
}

/** The nodes of all files together, and what is wrong with the text; `-` is stdin. */
export async function readSpecFiles(paths: readonly string[], { namespace }: SpecOptions): Promise<ParsedSpecs> {
  const specs: NodeSpec[] = [];
  const problems: Problem[] = [];
  for (const path of paths) {
    const text = await readWhole(path);
    const parsed = asUsage(() => parseSpecs(text, { file: path === '-' ? '<stdin>' : path, namespace }));
    specs.push(...parsed.specs);
    problems.push(...parsed.problems);
  }
  return { specs, problems };
}
