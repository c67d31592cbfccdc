import { namesFiles } from '../nodes/files/names-files.ts';
import { reachOf } from '../nodes/sql/source.ts';
import { formatPath, type Path } from '../wire/yaml/position.ts';
import { openedBy } from './control-listen.ts';

/** Something outside of a graph that the fields of a node lead to. */
export interface FieldReach {
  /** The field that says so. */
  readonly path: Path;
  /** A target or URL. */
  readonly target?: unknown;
  /** An address of this machine that is opened; without it and a target it is a file of this machine. */
  readonly opens?: string;
}

/** Everything outside that fields lead to, as they are written or as the kind has read them. */
export function* reachesOf(kind: unknown, fields: Readonly<Record<string, unknown>>): IterableIterator<FieldReach> {
  const { target, url, driver, source } = fields;
  const opens = openedBy(kind, fields);
  if (opens !== undefined) yield { path: ['port'], opens };
  for (const [name, one] of Object.entries({ target, url })) if (one !== undefined) yield { path: [name], target: one };
  for (const name of ['targets', 'urls']) yield* eachOf(name, fields[name]);
  const database = reachOf(driver, source);
  if (database.target !== undefined) yield { path: ['source'], target: database.target };
  // What a template will say is not known yet.
  if (database.file || (database.target === undefined && driver !== undefined && String(source).includes('{{')))
    yield { path: ['source'] };
  for (const name of ['proto', 'module']) if (fields[name] !== undefined) yield { path: [name] };
  if (typeof kind === 'string' && namesFiles(kind, fields))
    yield { path: [fields.root === undefined ? 'filename' : 'root'] };
  for (const [name, value] of Object.entries(fields)) if (!apart.has(name)) yield* modulesIn(value, [name], 0);
}

function* eachOf(name: string, list: unknown): IterableIterator<FieldReach> {
  if (Array.isArray(list)) for (const [index, one] of list.entries()) yield { path: [name, index], target: one };
  else if (list !== undefined) yield { path: [name], target: list };
}

/** Looked at by themselves, or no fields of the kind. */
const apart: ReadonlySet<string> = new Set(['ports', 'specs', 'env', 'annotations']);
const maxDepth = 20;

/** Functions of module files, wherever a program may be written: `when: { module: ./adult.js }`. */
function* modulesIn(value: unknown, path: Path, depth: number): IterableIterator<FieldReach> {
  if (typeof value !== 'object' || value === null || depth > maxDepth) return;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* modulesIn(item, [...path, index], depth + 1);
    return;
  }
  const fields = value as Readonly<Record<string, unknown>>;
  const names = Object.keys(fields);
  if (typeof fields.module === 'string' && names.every((name) => name === 'module' || name === 'export'))
    yield { path: [...path, 'module'] };
  for (const name of names) yield* modulesIn(fields[name], [...path, name], depth + 1);
}

/** The field, for people. */
export function nameOf({ path }: FieldReach, before: Path = []): string {
  return formatPath([...before, ...path]);
}
