import { formatPath, type Path } from '../wire/yaml/position.ts';
import type { FillBudget } from './fill-budget.ts';
import { didYouMean, quote } from './problems.ts';
import { Reads, type Sources } from './reads.ts';
import type { Fault, Report } from './rules.ts';
import type { Scope } from './scope.ts';
import type { EnvEntry, NodeSpec } from './spec.ts';
import { fillTemplates, lookup, type Resolve } from './template.ts';

/** The value of an env key, and what it was made from. Without a value the key was reported. */
export interface EnvValue {
  readonly value: unknown;
  readonly reads: Reads;
}

/** Where the entries of one `env` read from. */
export interface EnvOptions {
  readonly namespace: string;
  readonly sources: Sources;
  /** What templates may put in. */
  readonly budget: FillBudget;
  /** What entries without id and name read instead of the runtime's environment. */
  readonly anonymous?: ((reads: Reads, report: Report) => Resolve) | undefined;
}

/**
 * The values of all keys of an `env`. An entry with id or name is a template over that stored value's data, or all of it; one with neither is a
 * template over the runtime's environment and never sees a stored value. Of a list, the last entry whose value exists counts.
 */
export function readEnv(
  env: NonNullable<NodeSpec['env']>,
  options: EnvOptions,
  report: Report,
): ReadonlyMap<string, EnvValue> {
  return new Map(
    Object.entries(env).map(([key, written]) => {
      const reads = new Reads();
      const read = { ...options, key, reads };
      const value = isList(written) ? readLast(written, read, report) : readEntry(written, ['env', key], read, report);
      return [key, { value, reads }];
    }),
  );
}

/** What the templates in a node's fields may use, and who is told which keys they used. */
export interface FillOptions {
  readonly scope: Scope;
  readonly used: (key: string, value: EnvValue) => void;
  readonly budget: FillBudget;
}

/** Fills the templates of a node's own fields in from the keys of its env, and of the blocks around it. */
export function fillFields(
  fields: Record<string, unknown>,
  { scope, used, budget }: FillOptions,
  report: Report,
): { value: unknown; filled: Path[] } {
  const resolve: Resolve = ([key, ...rest], path) => {
    const entry = key === undefined ? undefined : scope.get(key);
    if (key !== undefined && entry !== undefined) {
      used(key, entry);
      const value = lookup(entry.value, rest);
      // A key without a value was reported where it is written.
      if (value !== undefined || entry.value === undefined) return value;
    }
    const template = `{{ .${[key, ...rest].join('.')} }}`;
    report(
      `${quote(template)} is not in env`,
      path,
      key === undefined ? 'write {{ .KEY }}' : () => didYouMean(key, scope.keys()),
    );
    return undefined;
  };
  return fillTemplates(fields, [], resolve, report, budget);
}

interface Reading extends EnvOptions {
  readonly key: string;
  readonly reads: Reads;
}

function readLast(entries: readonly EnvEntry[], reading: Reading, report: Report): unknown {
  const { key, reads, namespace, sources } = reading;
  for (const [index, entry] of [...entries.entries()].reverse()) {
    const path: Path = ['env', key, index];
    if (isNamed(entry)) {
      if (reads.value(entry, namespace, sources) !== undefined) return readEntry(entry, path, reading, report);
      continue;
    }
    const faults: Fault[] = [];
    const value = readEntry(entry, path, reading, (...fault) => faults.push(fault));
    if (faults.length === 0) return value;
  }
  const wanted = entries.filter(isNamed).map(labelOf);
  const none = `none of the values of env entry ${quote(key)} exists`;
  const names = wanted.length === 0 ? '' : `: ${wanted.map(quote).join(', ')}`;
  report(`${none}${names}`, ['env', key], undefined, wanted.length === 0 ? undefined : wanted);
  return undefined;
}

function readEntry(entry: EnvEntry, path: Path, reading: Reading, report: Report): unknown {
  const { data } = entry;
  const at = [...path, 'data'];
  if (isNamed(entry)) return readStored(entry, path, reading, report);
  if (data === undefined) {
    const { key } = reading;
    report(`env entry ${quote(key)} has no "data"`, path, `write { data: "{{ .${key} }}" }`);
    return undefined;
  }
  const resolve = (reading.anonymous ?? environmentOf(reading))(reading.reads, report);
  return filledData(data, at, { ...reading, resolve }, report);
}

function readStored(entry: EnvEntry, path: Path, reading: Reading, report: Report): unknown {
  const { reads, namespace, sources } = reading;
  const stored = reads.value(entry, namespace, sources);
  const label = labelOf(entry);
  if (stored === undefined) {
    const hint = (): string | undefined => {
      const names = sources.values.namesIn(namespace);
      return names.length === 0 ? 'leave out its name to read the environment' : didYouMean(label, names);
    };
    report(`value ${quote(label)} not found`, path, hint, [label]);
    return undefined;
  }
  if (entry.data === undefined) {
    reads.secrets.add(stored.data);
    return stored.data;
  }
  const resolve: Resolve = (steps, at) => {
    const value = lookup(stored.data, steps);
    if (value === undefined)
      report(`value ${quote(label)} has no ${quote(formatPath(steps))}`, at, () => near(stored.data, steps));
    else reads.secrets.add(value);
    return value;
  };
  return filledData(entry.data, [...path, 'data'], { ...reading, resolve }, report);
}

/** Undefined after a report: a value with a hole in it is of no use. */
function filledData(
  data: unknown,
  path: Path,
  { resolve, budget }: { resolve: Resolve; budget: FillBudget },
  report: Report,
): unknown {
  let faults = 0;
  const counted: Report = (...fault) => {
    faults++;
    report(...fault);
  };
  const holes: Resolve = (steps, at) => {
    const value = resolve(steps, at);
    if (value === undefined) faults++;
    return value;
  };
  const { value } = fillTemplates(data, path, holes, counted, budget);
  return faults > 0 ? undefined : value;
}

function environmentOf({ sources }: Reading): (reads: Reads, report: Report) => Resolve {
  return (reads, report) => (steps, at) => {
    const name = steps.join('.');
    if (name === '') {
      report('"{{ . }}" is the whole environment', at, 'write {{ .KEY }}');
      return undefined;
    }
    const value = reads.variable(name, sources);
    if (value === undefined) report(`the environment has no ${quote(name)}`, at, `give it with -e ${name}=…`);
    return value;
  };
}

function near(data: unknown, [key]: readonly string[]): string | undefined {
  const keys = typeof data === 'object' && data !== null && !Array.isArray(data) ? Object.keys(data) : [];
  return key === undefined ? undefined : didYouMean(key, keys);
}

function isList(entry: EnvEntry | readonly EnvEntry[]): entry is readonly EnvEntry[] {
  return Array.isArray(entry);
}

function isNamed({ id, name }: EnvEntry): boolean {
  return (id ?? name) !== undefined;
}

function labelOf({ id, name }: EnvEntry): string {
  return name ?? id ?? '';
}
