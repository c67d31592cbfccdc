import { isRefusedName } from '../core/refused-name.ts';
import { isRecord } from '../graph/rules.ts';
import { readDocuments } from '../wire/yaml/documents.ts';
import { type Position, place, placeCopy, placeEntry } from '../wire/yaml/position.ts';

const prefix = 'FLOWRPC_';

/** Variables that are no part of a config: where it is, and what clients use. */
const others: ReadonlySet<string> = new Set(['CONFIG', 'HOST', 'CONTROL_TOKEN', 'CONTROL_TOKEN_FILE']);

/** What Kubernetes puts into the environment when there is a service of our name. */
const links = /^(SERVICE_(HOST|PORT(_\w+)?)|PORT(_\d+_(TCP|UDP|SCTP)(_\w+)?)?)$/;

export interface VariableConfig {
  /** As a config file would have it; undefined when no variable says anything. */
  readonly value: Record<string, unknown> | undefined;
  /** Names of the variables by top-level key. */
  readonly variables: ReadonlyMap<string, string>;
}

/**
 * What variables `FLOWRPC_…` say, as a config file would: `FLOWRPC_LIMITS__MAX_RECEIVE_BYTES=4MiB` is `limits.maxReceiveBytes`. Values are
 * YAML in one line, those under `FLOWRPC_ENVIRONMENT__…` text, their names as they are. An empty variable says nothing.
 */
export function fromVariables(
  variables: Readonly<Record<string, string | undefined>>,
  fileOf: (variable: string) => string = (variable) => variable,
): VariableConfig {
  const root: Record<string, unknown> = {};
  const names = new Map<string, string>();
  for (const [variable, text] of Object.entries(variables).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const name = variable.slice(prefix.length);
    if (!variable.startsWith(prefix) || others.has(name) || links.test(name) || text === undefined || text === '')
      continue;
    const path = pathOf(name);
    if (path.some((key) => key === '' || isRefusedName(key))) continue;
    const at: Position = { file: fileOf(variable), line: 1, column: 1 };
    if (names.size === 0) place(root, at);
    names.set(path[0]!, variable);
    put(root, path, path[0] === 'environment' && path.length > 1 ? text : yamlOf(text), at);
  }
  return { value: names.size === 0 ? undefined : root, variables: names };
}

/** The first one, changed by the second: mappings key by key, everything else as a whole. */
export function overlaid(base: unknown, over: unknown): unknown {
  if (!isRecord(base) || !isRecord(over)) return over;
  const merged = placeCopy<Record<string, unknown>>({ ...base }, base);
  for (const [key, value] of Object.entries(over)) {
    merged[key] = Object.hasOwn(base, key) ? overlaid(base[key], value) : value;
    const at = places.get(over)?.get(key);
    if (at !== undefined) placeEntry(merged, key, at);
  }
  return merged;
}

const places = new WeakMap<object, Map<string, Position>>();

function put(root: Record<string, unknown>, path: readonly string[], value: unknown, at: Position): void {
  let container = root;
  for (const key of path.slice(0, -1)) {
    let inner = container[key];
    if (!isRecord(inner)) {
      inner = {};
      place(inner as object, at);
      set(container, key, inner, at);
    }
    container = inner as Record<string, unknown>;
  }
  set(container, path.at(-1)!, value, at);
}

function set(container: Record<string, unknown>, key: string, value: unknown, at: Position): void {
  container[key] = value;
  placeEntry(container, key, at);
  const known = places.get(container) ?? new Map<string, Position>();
  places.set(container, known.set(key, at));
}

function pathOf(name: string): string[] {
  const [first = '', ...rest] = name.split('__');
  const key = camel(first);
  return [key, ...rest.map((part) => (key === 'environment' ? part : camel(part)))];
}

function camel(name: string): string {
  return name.toLowerCase().replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** Text that is no YAML, such as `[::1]:50051`, is text. */
function yamlOf(text: string): unknown {
  const { documents, problems } = readDocuments(text, 'variable');
  const [first] = documents;
  return problems.length > 0 || documents.length !== 1 ? text : first!.value;
}
