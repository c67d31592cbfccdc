import { dirname, resolve } from 'node:path';
import { positionOf } from '../graph/position.ts';
import { type Problem, problem, quote, sortProblems } from '../graph/problems.ts';
import { dropped, type Report } from '../graph/rules.ts';
import { readDocuments } from '../graph/yaml-documents.ts';
import { configRules, type ServeConfig } from './config-rules.ts';
import { readWhole } from './input.ts';

/** A config file that was read: what was right in it, and all that is wrong. */
export interface LoadedConfig {
  readonly config: ServeConfig;
  readonly problems: readonly Problem[];
  /** Makes a problem at a place in it. */
  readonly fault: (...fault: Parameters<Report>) => Problem;
}

/** Reads a config file, YAML or JSON. Rejects when there is no such file; what the text says never makes it reject. */
export async function loadConfig(file: string): Promise<LoadedConfig> {
  const { documents, problems } = readDocuments(await readWhole(file), file);
  const [first, second] = documents;
  const fault: LoadedConfig['fault'] = (reason, path, suggestion) =>
    problem(`Cannot use the configuration: ${reason}`, {
      at: positionOf(first?.value, path) ?? first?.at ?? { file, line: 1, column: 1 },
      suggestion,
    });
  if (problems.length > 0) return { config: {}, problems, fault };
  if (second !== undefined)
    return {
      config: {},
      problems: [problem(`Cannot read "${file}": it has several documents`, { at: second.at })],
      fault,
    };
  const found: Problem[] = [];
  const rules = configRules({ dir: dirname(resolve(file)), environment: process.env });
  const value = first?.value ?? {};
  const kept = rules.read(value, [], (...reported) => found.push(fault(...reported)));
  if (kept === undefined) found.push(fault(`it is ${quote(value)}, wanted ${rules.wanted}`, []));
  const config = kept === undefined || kept === dropped ? {} : (kept as ServeConfig);
  return { config, problems: sortProblems(found), fault };
}
