import type { Path } from './position.ts';
import { didYouMean, quote } from './problems.ts';
import type { Report } from './rules.ts';
import type { EnvEntry, NodeSpec } from './spec.ts';
import { fillTemplates, type Resolve } from './template.ts';

export type Environment = Readonly<Record<string, string>>;

/**
 * A node's own fields with their templates filled in, and the paths of the texts that had any. Entries of `env` without id and name are templates
 * over the runtime's environment. Entries that name a stored value are reported: nothing stores values here.
 */
export function fillFromEnv(
  fields: Record<string, unknown>,
  { env = {} }: NodeSpec,
  environment: Environment,
  report: Report,
): { value: unknown; filled: Path[] } {
  const data: Record<string, unknown> = {};
  for (const [key, entry] of Object.entries(env)) {
    const value = readEntry(key, entry, environment, report);
    if (value !== undefined) data[key] = value;
  }
  // A near name is looked for once per fault, so only among so many.
  const compared = Object.keys(env).slice(0, 200);
  const resolve: Resolve = (steps, path) => {
    const value = lookup(data, steps);
    const reported = Object.hasOwn(env, steps[0]!) && !Object.hasOwn(data, steps[0]!);
    if (value === undefined && !reported) {
      report(`${quote(`{{ .${steps.join('.')} }}`)} is not in env`, path, didYouMean(steps[0]!, compared));
    }
    return value;
  };
  return fillTemplates(fields, [], resolve, report);
}

function readEntry(key: string, { id, name, data }: EnvEntry, environment: Environment, report: Report): unknown {
  const path: Path = ['env', key];
  const stored = name ?? id;
  if (stored !== undefined) {
    report(`value ${quote(stored)} not found`, path, 'leave out its name to read the environment');
    return undefined;
  }
  if (data === undefined) {
    report(`env entry ${quote(key)} has no "data"`, path, `write { data: "{{ .${key} }}" }`);
    return undefined;
  }
  const resolve: Resolve = (steps, at) => {
    const variable = steps.join('.');
    if (Object.hasOwn(environment, variable)) return environment[variable];
    report(`the environment has no ${quote(variable)}`, at, `give it with -e ${variable}=…`);
    return undefined;
  };
  return fillTemplates(data, [...path, 'data'], resolve, report).value;
}

function lookup(data: unknown, steps: readonly string[]): unknown {
  return steps.reduce<unknown>((value, step) => {
    const inside = typeof value === 'object' && value !== null && Object.hasOwn(value, step);
    return inside ? (value as Record<string, unknown>)[step] : undefined;
  }, data);
}
