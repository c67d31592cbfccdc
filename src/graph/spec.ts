import { isName, isReservedNamespace, nodeLabel, parsePort, serviceName } from '../nodes/names.ts';
import { idOfPlace, isId } from '../stores/document-id.ts';
import { type Documents, readDocuments } from '../wire/yaml/documents.ts';
import { itemsOf } from '../wire/yaml/items.ts';
import { formatPath, type Position, placeCopy, positionOf } from '../wire/yaml/position.ts';
import { type PortTarget, portTarget } from './edge.ts';
import { type Problem, problem, quote, sortProblems } from './problems.ts';
import { adviceText, isRecord, listOf, mappingOf, type Report, type Rule, record, required, rule } from './rules.ts';

/** A node as written: what every kind has, and the kind's own fields beside it. */
export interface NodeSpec {
  readonly id: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name?: string;
  /** Free notes, never interpreted. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Where each out-port leads, in link order. */
  readonly ports?: Readonly<Record<string, readonly PortTarget[]>>;
  /** What the node's own fields may use; of a list, the last entry whose value exists. */
  readonly env?: Readonly<Record<string, EnvEntry | readonly EnvEntry[]>>;
  readonly [field: string]: unknown;
}

/** A value that the node's own fields may use as `{{ .KEY }}`. */
export interface EnvEntry {
  /** A stored value, by id or by name; with neither, the runtime's environment. */
  readonly id?: string;
  readonly name?: string;
  /** Text over that value's data: `{{ .PORT }}`, `{{ .db.password }}`, or `{{ . }}` for all of it, as when it is left out. */
  readonly data?: unknown;
}

export interface SpecSource {
  /** Shown in problems, and what generated ids come from. */
  file?: string;
  /** Of nodes that state none. */
  namespace?: string;
}

/** The nodes of a spec file, and all that is wrong with it. A node with a problem is there without its wrong parts, when its kind is known. */
export interface ParsedSpecs {
  readonly specs: readonly NodeSpec[];
  readonly problems: readonly Problem[];
}

/** Reads nodes from YAML or JSON text: a list, one mapping, or several documents of either. Never throws over what the text says. */
export function parseSpecs(
  text: string | Uint8Array,
  { file = '<text>', namespace = 'default' }: SpecSource = {},
): ParsedSpecs {
  return specsOf(readDocuments(text, file), { file, namespace });
}

/** The same for a text that was read already. */
export function specsOf({ documents, problems }: Documents, source: Required<SpecSource>): ParsedSpecs {
  const read = readAll(itemsOf(documents), source);
  return { specs: read.specs, problems: sortProblems([...problems, ...read.problems]) };
}

/** Checks nodes written in code as those of a file are, and fills in id and namespace. */
export function readSpecs(
  nodes: readonly unknown[],
  { file = '<code>', namespace = 'default' }: SpecSource = {},
): ParsedSpecs {
  return readAll(
    nodes.map((value) => ({ value })),
    { file, namespace },
  );
}

const common: ReadonlySet<string> = new Set(['id', 'kind', 'namespace', 'name', 'annotations', 'ports', 'env']);

/** Names of the fields that every node has. */
export const commonFields: readonly string[] = [...common];

/** A node's fields without those that every node has. */
export function ownFields(spec: NodeSpec): Record<string, unknown> {
  return Object.fromEntries(Object.entries(spec).filter(([key]) => !common.has(key)));
}

const name = 'a letter, then letters, digits, "_" or "-"';
const namespaceGrammar = `${name}; not grpc…, google… or flowrpc…`;

const envData = rule('any value but null', (value) => value !== null);
const envFields = record('a mapping such as { data: "{{ .PORT }}" }', {
  id: rule('a UUID', isId),
  name: rule(`the name of a stored value: ${name}`, isName),
  data: envData,
  value: envData,
});

/** `value` is what older files of uniflow call `data`. */
const envEntry: Rule = {
  wanted: envFields.wanted,
  read(written, path, report) {
    const kept = envFields.read(written, path, report);
    if (!isRecord(kept) || !Object.hasOwn(kept, 'value')) return kept;
    const { value, ...entry } = kept;
    if (entry.data === undefined) return placeCopy({ ...entry, data: value }, written as object);
    report(`${formatPath(path)} has both "data" and "value"`, [...path, 'value'], 'remove one');
    return entry;
  },
};
const envEntries = listOf('a list of such mappings', envEntry);

/** One entry, or several of which the last that exists counts. */
const envOne: Rule = {
  wanted: envEntry.wanted,
  read: (value, path, report) => {
    if (!Array.isArray(value)) return envEntry.read(value, path, report);
    return value.length === 0 ? undefined : envEntries.read(value, path, report);
  },
};

/** A node as a mapping, with what every node has in its place. */
export const nodeSpec: Rule = record(
  'a mapping with the field "kind"',
  {
    id: rule('a UUID', isId),
    kind: required(rule(`the name of a kind: ${name}`, isName)),
    namespace: rule(namespaceGrammar, (value) => isName(value) && !isReservedNamespace(value)),
    name: rule(name, isName),
    annotations: mappingOf(
      'a mapping of text to text',
      'text',
      () => true,
      rule('text (quote it)', (value) => typeof value === 'string'),
    ),
    ports: mappingOf(
      'a mapping of out-ports to lists of targets',
      'a port such as "out" or "out[0]"',
      (key) => parsePort(key) !== undefined,
      listOf('a list such as [{ name: greet, port: in }]', portTarget),
    ),
    env: mappingOf(
      'a mapping of keys to entries',
      'letters, digits and "_"',
      (key) => /^[A-Za-z_]\w*$/.test(key),
      envOne,
    ),
  },
  { open: true },
);

interface Written {
  readonly value: unknown;
  readonly at?: Position;
}

function readAll(values: readonly Written[], source: Required<SpecSource>): ParsedSpecs {
  const { namespace } = source;
  if (!isName(namespace) || isReservedNamespace(namespace)) {
    throw new RangeError(`Cannot use namespace ${quote(namespace)}: wanted ${namespaceGrammar}`);
  }
  const problems: Problem[] = [];
  const specs = values.flatMap(({ value, at }, index) => readSpec(value, at, index, source, problems) ?? []);
  return { specs, problems };
}

function readSpec(
  value: unknown,
  at: Position | undefined,
  index: number,
  { file, namespace }: Required<SpecSource>,
  problems: Problem[],
): NodeSpec | undefined {
  const faults: Parameters<Report>[] = [];
  const fields = nodeSpec.read(value, [], (...fault) => faults.push(fault));
  if (!isRecord(value)) {
    problems.push(problem(`Cannot load node ${index + 1}: it is ${quote(value)}, wanted ${nodeSpec.wanted}`, { at }));
    return undefined;
  }
  const spec = isRecord(fields) ? fillIn(fields, { id: idOfPlace(file, index), namespace }) : undefined;
  const label = spec === undefined ? (value.name ?? index + 1) : nodeLabel(spec);
  const node =
    spec === undefined
      ? { node: isName(value.name) ? value.name : undefined }
      : { node: serviceName(spec), id: spec.id };
  for (const [reason, path, suggestion] of faults) {
    problems.push(
      problem(`Cannot load node ${quote(label)}: ${reason}`, {
        at: positionOf(value, path) ?? at,
        ...node,
        suggestion: adviceText(suggestion),
      }),
    );
  }
  // In another namespace than it was meant for, a node would only seem to meet others.
  return value.namespace === undefined || spec?.namespace === value.namespace ? spec : undefined;
}

function fillIn(fields: Record<string, unknown>, { id, namespace }: { id: string; namespace: string }): NodeSpec {
  fields.id ??= id;
  fields.namespace ??= namespace;
  return fields as unknown as NodeSpec;
}
