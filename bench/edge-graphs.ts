import { type Server, silentLogger } from 'flowrpc';
import { createGraph, type Graph, type PortTarget, readSpecs } from 'flowrpc/graph';
import { createKinds, defineKind, manyToOne, type NodeKind, oneToMany, oneToOne } from 'flowrpc/nodes';

/** The templates whose cost is measured. */
export const templates = ['oneToOne', 'oneToMany', 'manyToOne'] as const;
export type Template = (typeof templates)[number];

/** Kinds that do nothing but pass on what they get: by template, and `async` for a oneToOne whose function is async. */
const passing: Readonly<Record<Template | 'async', NodeKind>> = {
  oneToOne: defineKind({ kind: 'oneToOne', setup: () => oneToOne((payload) => payload) }),
  oneToMany: defineKind({
    kind: 'oneToMany',
    outputs: ['out[*]', 'error'],
    setup: () => oneToMany((payload) => [payload]),
  }),
  manyToOne: defineKind({ kind: 'manyToOne', setup: () => manyToOne(([payload]) => payload) }),
  async: defineKind({ kind: 'async', setup: () => oneToOne(async (payload) => payload) }),
};
const kinds = createKinds(...Object.values(passing));

export type Step = keyof typeof passing;

/** What every contender sends: 64 bytes. */
export const body = new Uint8Array(64).fill(7);
/** The same as JSON has it, since methods of others are nodes, too. */
export const payload = { body: Buffer.from(body).toString('base64'), id: 1 };

export interface RowOptions {
  /** Where the last node leads. Default: nowhere. */
  end?: PortTarget;
  /** Of the edges between the nodes. */
  policy?: Pick<PortTarget, 'timeout'>;
}

/** Specs of nodes in a row, `NAME0` to `NAME9`, each leading to the next. */
export function row(name: string, steps: readonly Step[], { end, policy }: RowOptions = {}): object[] {
  return steps.map((step, index) => {
    const next = index + 1 < steps.length ? { name: `${name}${index + 1}`, port: 'in', ...policy } : end;
    const out = step === 'oneToMany' ? 'out[0]' : 'out';
    return { kind: step, name: `${name}${index}`, ...(next !== undefined && { ports: { [out]: [next] } }) };
  });
}

/** A graph of such nodes; with a server, they are its services. */
export function graphOf(nodes: readonly object[], server?: Server): Promise<Graph> {
  return createGraph({ ...readSpecs(nodes), kinds, logger: silentLogger, ...(server !== undefined && { server }) });
}

/** Sends the payload through nodes in a row. */
export async function passes(steps: readonly Step[], options?: RowOptions): Promise<() => Promise<unknown>> {
  const graph = await graphOf(row('node', steps, options));
  return () => graph.call('node0', payload);
}
