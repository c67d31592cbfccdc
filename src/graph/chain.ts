import { placeCopy } from '../wire/yaml/position.ts';
import type { InnerPort, InnerSpec } from './composition.ts';
import type { Report } from './rules.ts';
import type { NodeSpec } from './spec.ts';

/** Nodes one after the other, and where packets come in and leave. */
export interface Chain {
  readonly specs: readonly InnerSpec[];
  readonly inbounds: Readonly<Record<string, readonly InnerPort[]>>;
  readonly outbounds: Readonly<Record<string, readonly InnerPort[]>>;
}

/** Leads each node to the next one; errors that no node inside takes leave, as does what the last one sends. */
export function chainOf(written: readonly InnerSpec[], report: Report): Chain {
  for (const [index, { spec }] of written.entries()) {
    const port = ['out', 'out[0]'].find((name) => spec.ports?.[name] !== undefined);
    if (port === undefined) continue;
    report(
      `specs[${index}].ports.${port} leads elsewhere, and the nodes of a step lead to the next one`,
      ['specs', index, 'ports', port],
      'remove it, or write a block',
    );
  }
  const ends = written.map(({ name, spec }, index) => ({ name, spec, path: ['specs', index] }));
  const [first, last] = [ends[0], ends.at(-1)];
  if (first === undefined || last === undefined) return { specs: [], inbounds: {}, outbounds: {} };
  const unhandled = ends.filter(({ spec }) => spec.ports?.error === undefined);
  return {
    specs: written.map(({ name, spec }, index) => ({ name, spec: leading(spec, written[index + 1]?.name) })),
    inbounds: { in: [{ name: first.name, port: 'in', path: first.path }] },
    outbounds: {
      out: [{ name: last.name, port: 'out', optional: true }],
      error: unhandled.map(({ name }) => ({ name, port: 'error', optional: true })),
    },
  };
}

function leading(spec: NodeSpec, next: string | undefined): NodeSpec {
  if (next === undefined) return spec;
  const { ports = {} } = spec;
  const led = placeCopy({ ...ports, out: [{ name: next, port: 'in' }] }, ports);
  return placeCopy({ ...spec, ports: led }, spec);
}
