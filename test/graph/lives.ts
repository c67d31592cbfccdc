import { silentLogger } from 'flowrpc';
import { createGraph, type Graph, type GraphOptions, type NodeSpec, readSpecs } from 'flowrpc/graph';
import { createKinds, defineKind, type NodeKind, oneToOne, source } from 'flowrpc/nodes';
import { onTestFinished } from 'vitest';

/** What nodes of the kinds `node` and `emits` went through: `+a1` made, `-a1` closed, with the text that the node was set up with. */
export class Lives {
  readonly log: string[] = [];
  readonly made = new Map<string, number>();
  readonly closed = new Map<string, number>();

  /** Adds its `text` to the payload and passes it on; keeps count of its packets. `text: broken` cannot be set up. */
  readonly node: NodeKind = defineKind<{ text?: string }>({
    kind: 'node',
    fields: ['text'],
    setup: ({ text = '' }, { node }) => {
      if (text === 'broken') throw new Error('it is broken');
      const id = this.#make(`${node.name}${text}`);
      return {
        ...oneToOne((payload) => `${payload}>${node.name}${text}`),
        close: () => this.#close(id),
      };
    },
  });

  /** Counts the packets of one instance. */
  readonly counter: NodeKind = defineKind<{ step?: number }>({
    kind: 'counter',
    fields: ['step'],
    setup: ({ step = 1 }, { node }) => {
      const id = this.#make(`${node.name}${step}`);
      let count = 0;
      return { ...oneToOne(() => (count += step)), close: () => this.#close(id) };
    },
  });

  /** A source that says when it begins and stops. */
  readonly emits: NodeKind = defineKind<{ text?: string }>({
    kind: 'emits',
    fields: ['text'],
    inputs: [],
    setup: ({ text = '' }, { node }) => {
      const id = this.#make(`${node.name}${text}`);
      return {
        ...source(async ({ signal }) => {
          this.log.push(`start ${id}`);
          await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
          this.log.push(`stop ${id}`);
        }),
        close: () => this.#close(id),
      };
    },
  });

  /** The log so far, emptied. */
  take(): string[] {
    return this.log.splice(0);
  }

  #make(name: string): string {
    const count = (this.made.get(name) ?? 0) + 1;
    this.made.set(name, count);
    this.log.push(`+${name}`);
    return name;
  }

  #close(name: string): void {
    this.closed.set(name, (this.closed.get(name) ?? 0) + 1);
    this.log.push(`-${name}`);
  }
}

/** The specs of nodes written as in a file, ids by their names, so that order does not matter. */
export function specsOf(nodes: readonly Record<string, unknown>[]): NodeSpec[] {
  const { specs, problems } = readSpecs(nodes.map((node) => ({ id: idOf(String(node.name)), ...node })));
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  return [...specs];
}

/** A UUID that stands for a name. */
export function idOf(name: string): string {
  const hex = Buffer.from(name.padEnd(6, '_')).toString('hex').slice(0, 12);
  return `00000000-0000-7000-8000-${hex}`;
}

/** Starts a graph that lists what cannot run, and closes it with the test. */
export async function liveGraph(
  nodes: readonly Record<string, unknown>[],
  lives: Lives,
  { kinds = [], ...options }: Partial<Omit<GraphOptions, 'kinds'>> & { kinds?: readonly NodeKind[] } = {},
): Promise<Graph> {
  const graph = await createGraph({
    specs: specsOf(nodes),
    kinds: createKinds(lives.node, lives.counter, lives.emits, ...kinds),
    logger: silentLogger,
    allowPending: true,
    ...options,
  });
  onTestFinished(() => graph.close({ graceMs: 100 }));
  return graph;
}
