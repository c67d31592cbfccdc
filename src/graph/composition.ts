import { isName, parsePort } from '../nodes/names.ts';
import { isId } from '../stores/document-id.ts';
import { formatPath, type Path, placeCopy } from '../wire/yaml/position.ts';
import { chainOf } from './chain.ts';
import { isInnerName } from './edge.ts';
import { didYouMean, quote } from './problems.ts';
import {
  dropped,
  type Fault,
  isRecord,
  listOf,
  mappingOf,
  type Report,
  type Rule,
  record,
  required,
  rule,
} from './rules.ts';
import { commonFields, type NodeSpec, nodeSpec, ownFields } from './spec.ts';

/** A port of an inner node, as `inbounds` and `outbounds` name it. */
export interface InnerPort {
  readonly id?: string;
  readonly name?: string;
  readonly port: string;
  /** Nothing is wrong when the node has no such port. */
  readonly optional?: boolean;
  /** Where the node was written, when nobody wrote the port. */
  readonly path?: Path;
}

/** A node inside of a block as written: `name` is what its neighbours call it, its own or `$0`, `$1`… by its place. */
export interface InnerSpec {
  readonly name: string;
  readonly spec: NodeSpec;
}

/** What a block, or a chart, is made of. */
export interface Composition {
  readonly specs: readonly InnerSpec[];
  /** In-ports of the block, and where each leads. */
  readonly inbounds: Readonly<Record<string, readonly InnerPort[]>>;
  /** Out-ports of the block, and what each comes from. */
  readonly outbounds: Readonly<Record<string, readonly InnerPort[]>>;
  /** What is wrong with it, in the fields that it was read from. */
  readonly faults: readonly Fault[];
}

/** How nodes are put together: as their ports and those of the whole say, or one after the other. */
export type Form = 'block' | 'chain';

/** The fields that a composition is written in. */
const compositionFields = ['specs', 'inbounds', 'outbounds'];

const written = record('a mapping such as { name: greet, port: in }', {
  id: rule('a UUID', isId),
  name: rule('the name of an inner node, or "$0" for the first', (name) => isName(name) || isInner(name)),
  port: required(rule('a port such as "in" or "in[0]"', isPort)),
});
const innerPort: Rule = {
  wanted: written.wanted,
  read(value, path, report) {
    const port = written.read(value, path, report);
    if (!isRecord(port) || port.id !== undefined || port.name !== undefined) return port;
    const { id, name } = value as InnerPort;
    if ((id ?? name) === undefined) report(`${formatPath(path)} names no node`, path, 'add "name" or "id"');
    return dropped;
  },
};
const someInnerPorts = listOf('a list such as [{ name: greet, port: in }]', innerPort);
const innerPorts: Rule = {
  wanted: someInnerPorts.wanted,
  read: (value, path, report) =>
    Array.isArray(value) && value.length === 0 ? undefined : someInnerPorts.read(value, path, report),
};
const ports = mappingOf(
  'a mapping of ports to lists such as [{ name: greet, port: in }]',
  'a port such as "in" or "in[0]"',
  isPort,
  {
    wanted: innerPorts.wanted,
    read: (value, path, report) => {
      if (Array.isArray(value)) return innerPorts.read(value, path, report);
      const one = innerPort.read(value, path, report);
      return one === undefined || one === dropped ? one : [one];
    },
  },
);

const read = { block: new WeakMap<NodeSpec, Composition>(), chain: new WeakMap<NodeSpec, Composition>() };

/** Reads what a block, a chart or a step is made of; the same spec is read once. */
export function compositionOf(spec: NodeSpec, form: Form = 'block'): Composition {
  const known = read[form].get(spec);
  if (known !== undefined) return known;
  const faults: Fault[] = [];
  const report: Report = (...fault) => faults.push(fault);
  const specs = readSpecs(spec.specs, report);
  const parts = form === 'chain' ? chainOf(specs, report) : { specs, ...boundaryOf(spec, report) };
  const fields = form === 'chain' ? ['specs'] : compositionFields;
  for (const key of Object.keys(ownFields(spec))) {
    if (fields.includes(key)) continue;
    report(`unknown field ${quote(key)}`, [key], didYouMean(key, [...fields, ...commonFields]));
  }
  const composition = { ...parts, faults };
  read[form].set(spec, composition);
  return composition;
}

function boundaryOf(spec: NodeSpec, report: Report): Pick<Composition, 'inbounds' | 'outbounds'> {
  return { inbounds: readPorts(spec, 'inbounds', report), outbounds: readPorts(spec, 'outbounds', report) };
}

function readSpecs(written: unknown, report: Report): InnerSpec[] {
  if (!Array.isArray(written) || written.length === 0) {
    const missing = written === undefined ? 'missing field "specs"' : `specs is ${quote(written)}`;
    report(missing, ['specs'], 'wanted a list of nodes');
    return [];
  }
  return written.flatMap((one: unknown, index) => {
    const path: Path = ['specs', index];
    const spec = nodeSpec.read(one, path, report);
    if (!isRecord(spec)) {
      if (spec === undefined) report(`${formatPath(path)} is ${quote(one)}, wanted ${nodeSpec.wanted}`, path);
      return [];
    }
    if (spec.namespace !== undefined) {
      report(
        `${formatPath(path)} has a namespace, and inner nodes have that of their block`,
        [...path, 'namespace'],
        'remove it',
      );
    }
    return { name: typeof spec.name === 'string' ? spec.name : `$${index}`, spec: spec as unknown as NodeSpec };
  });
}

function readPorts(spec: NodeSpec, field: 'inbounds' | 'outbounds', report: Report): Composition['inbounds'] {
  const written = spec[field];
  if (written === undefined) return {};
  const kept = ports.read(written, [field], report);
  if (kept === undefined) report(`${field} is ${quote(written)}, wanted ${ports.wanted}`, [field]);
  return isRecord(kept) ? placeCopy(kept as Record<string, readonly InnerPort[]>, written as object) : {};
}

function isPort(port: unknown): boolean {
  return typeof port === 'string' && parsePort(port) !== undefined;
}

function isInner(name: unknown): boolean {
  return typeof name === 'string' && isInnerName(name);
}
