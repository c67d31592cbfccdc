import type { Path } from './position.ts';
import { didYouMean, quote } from './problems.ts';
import type { Report } from './rules.ts';
import type { NodeSpec } from './spec.ts';
import { fillTemplates } from './template.ts';

/** What templates of a node may use, by key. */
export type EnvData = Readonly<Record<string, unknown>>;

/**
 * The data of a node's env entries, anonymous ones being templates over the runtime's environment.
 * Entries that name a stored value are reported: nothing stores values here.
 */
export function envData(spec: NodeSpec, environment: Readonly<Record<string, string>>, report: Report): EnvData {
  const data: Record<string, unknown> = {};
  for (const [key, entry] of Object.entries(spec.env ?? {})) {
    const path: Path = ['env', key];
    const stored = entry.name ?? entry.id;
    if (stored !== undefined)
      report(`value ${quote(stored)} not found`, path, 'leave out its name to read the environment');
    else if (entry.data === undefined)
      report(`env entry ${quote(key)} has no "data"`, path, `write { data: "{{ .${key} }}" }`);
    else {
      data[key] = fillTemplates(
        entry.data,
        [...path, 'data'],
        (steps, at) => {
          if (Object.hasOwn(environment, steps[0]!)) return environment[steps[0]!];
          report(`the environment has no ${quote(steps[0])}`, at, `give it with -e ${steps[0]}=…`);
          return undefined;
        },
        report,
      ).value;
    }
  }
  return data;
}

/** A node's own fields with their templates filled in, and the paths of the texts that had any. */
export function fillFields(
  fields: Record<string, unknown>,
  data: EnvData,
  report: Report,
): { value: unknown; filled: Path[] } {
  return fillTemplates(
    fields,
    [],
    (steps, at) => {
      let value: unknown = data;
      for (const step of steps) {
        const inside = typeof value === 'object' && value !== null && Object.hasOwn(value, step);
        if (!inside) {
          report(`${quote(`{{ .${steps.join('.')} }}`)} is not in env`, at, didYouMean(steps[0]!, Object.keys(data)));
          return undefined;
        }
        value = (value as EnvData)[step];
      }
      return value;
    },
    report,
  );
}
