import fc from 'fast-check';
import { StatusError, silentLogger } from 'flowrpc';
import { createGraph, type Graph, type GraphNode, type NodeSpec, type StoredValue } from 'flowrpc/graph';
import { createKinds, type NodeInstance } from 'flowrpc/nodes';
import { expect, test } from 'vitest';
import { idOf, Lives, specsOf } from './lives.ts';

const names = ['a', 'b', 'c', 'd', 'e', 'f'];
const limits = { visits: 2, packets: 200 };

interface Node {
  readonly kind: 'node' | 'counter' | 'emits';
  readonly text: string;
  readonly out: readonly string[];
  readonly init: readonly string[];
  readonly bound: boolean;
  readonly unknown: boolean;
}

interface Step {
  readonly nodes: readonly (Node | null)[];
  readonly value: string | null;
}

const node: fc.Arbitrary<Node> = fc.record({
  kind: fc.constantFrom('node', 'node', 'node', 'emits'),
  text: fc.constantFrom('', '1', '2', '2', 'broken'),
  out: fc.uniqueArray(fc.constantFrom(...names, 'nobody'), { maxLength: 2 }),
  init: fc.uniqueArray(fc.constantFrom(...names), { maxLength: 1 }),
  bound: fc.boolean(),
  unknown: fc.integer({ min: 0, max: 9 }).map((dice) => dice === 0),
}) as fc.Arbitrary<Node>;
const step: fc.Arbitrary<Step> = fc.record({
  nodes: fc.array(fc.option(node, { freq: 5 }), { minLength: names.length, maxLength: names.length }),
  value: fc.option(fc.constantFrom('x', 'y'), { freq: 4 }),
});
/** Steps that change a node or two, as people do, and steps that change everything. */
const steps = fc.array(fc.tuple(step, fc.uniqueArray(fc.nat(names.length - 1), { maxLength: 2 }), fc.boolean()), {
  minLength: 2,
  maxLength: 6,
});

function graphsOf(all: readonly [Step, readonly number[], boolean][]): { specs: NodeSpec[]; values: StoredValue[] }[] {
  let nodes: (Node | null)[] = names.map(() => null);
  return all.map(([{ nodes: next, value }, changed, whole], at) => {
    nodes = nodes.map((one, index) => (whole || at === 0 || changed.includes(index) ? next[index]! : one));
    return { specs: specsOf(nodes.flatMap(written)), values: value === null ? [] : [wordOf(value)] };
  });
}

function written(one: Node | null, index: number): Record<string, unknown>[] {
  if (one === null) return [];
  const { kind, text, out, init, bound, unknown } = one;
  const ports = (targets: readonly string[]): object[] => targets.map((name) => ({ name, port: 'in' }));
  return [
    {
      kind,
      name: names[index],
      text: bound ? `{{ .WORD }}${text}` : text,
      ...(bound && { env: { WORD: { name: 'word', data: '{{ .TEXT }}' } } }),
      ...(unknown && { colour: 'red' }),
      ports: { out: ports(out), init: ports(init) },
    },
  ];
}

/** A node that can be set up: what is refused is known from the specs alone then. */
function sound(one: Node | null): Node | null {
  return one === null ? null : { ...one, text: one.text === 'broken' ? '3' : one.text, init: [] };
}

function wordOf(text: string): StoredValue {
  return { id: idOf('word'), namespace: 'default', name: 'word', data: { TEXT: text } };
}

async function repliesOf(graph: Graph): Promise<unknown[]> {
  return await Promise.all(
    names.map((name) =>
      graph.call(name, '>').catch((thrown: unknown) => (thrown instanceof StatusError ? thrown.code : 'no such node')),
    ),
  );
}

const seen = ({ id, kind, service, status, reason, refused, inputs }: GraphNode): object => ({
  id,
  kind,
  service,
  status,
  reason,
  refused,
  inputs,
});

test('graph.update() over any graphs leaves what the last one gives when it is made anew, and everything balanced #56 #59 #60 #68', async () => {
  let refusals = 0;
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const lives = new Lives();
      const loaded = new Map<NodeInstance, number>();
      const count = (by: number) => (one: GraphNode) => {
        const now = (loaded.get(one.instance!) ?? 0) + by;
        expect(now === 0 || now === 1).toBe(true);
        loaded.set(one.instance!, now);
      };
      const options = {
        kinds: createKinds(lives.node, lives.counter, lives.emits),
        logger: silentLogger,
        allowPending: true,
        limits,
      };
      const graphs = graphsOf(all);
      const graph = await createGraph({ specs: [], ...options, hooks: [{ load: count(1), unload: count(-1) }] });
      const replies: Promise<unknown>[] = [];
      for (const next of graphs) {
        replies.push(repliesOf(graph));
        const before = new Map(graph.nodes.map((one) => [one.service, one]));
        const running = await repliesOf(graph);
        const change = await graph.update(next);
        for (const { name, service, refused, instance } of graph.nodes) {
          if (refused === undefined) continue;
          refusals += 1;
          // It goes on as it was: the same instance, unless a value that it reads has changed.
          if (!change.replaced.includes(service)) expect(instance).toBe(before.get(service)?.instance);
          expect(running[names.indexOf(name!)]).toBeDefined();
        }
        for (const service of change.kept)
          expect(graph.nodes.find((one) => one.service === service)?.instance).toBe(before.get(service)?.instance);
      }
      const last = graphs.at(-1)!;
      const refused = new Set(graph.nodes.flatMap((one) => (one.refused === undefined ? [] : one.id)));
      await graph.update({ ...last, specs: last.specs.filter(({ id }) => !refused.has(id)) });
      // A node that went may have taken others with it, whose older versions waited for nothing.
      await graph.update({ ...last, specs: [] });
      await graph.update(last);
      const fresh = await createGraph({
        ...last,
        ...options,
        kinds: createKinds(new Lives().node, new Lives().counter, new Lives().emits),
      });

      expect(graph.nodes.map(seen)).toEqual(fresh.nodes.map(seen));
      expect(await repliesOf(graph)).toEqual(await repliesOf(fresh));
      await Promise.all(replies);
      expect(graph.processes.size).toBe(0);
      await Promise.all([graph.close(), fresh.close()]);
      expect(lives.closed).toEqual(lives.made);
      expect([...loaded.values()].every((times) => times === 0)).toBe(true);
      expect(lives.log.filter((line) => line.startsWith('start')).length).toBe(
        lives.log.filter((line) => line.startsWith('stop')).length,
      );
    }),
    { interruptAfterTimeLimit: 4_000, markInterruptAsFailure: false, numRuns: 5_000 },
  );
  expect(refusals).toBeGreaterThan(0);
});

test('graph.update() over any graphs without refused specs gives what the last one gives when it is made anew', async () => {
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const lives = new Lives();
      const options = {
        kinds: createKinds(lives.node, lives.counter, lives.emits),
        logger: silentLogger,
        allowPending: true,
        limits,
      };
      const graph = await createGraph({ specs: [], ...options });
      for (const next of graphsOf(
        all.map(([{ nodes, value }, ...rest]) => [{ nodes: nodes.map(sound), value }, ...rest]),
      )) {
        await graph.update(next);
        if (graph.nodes.some(({ refused }) => refused !== undefined)) continue;
        const fresh = await createGraph({ ...next, ...options });
        expect(graph.nodes.map(seen)).toEqual(fresh.nodes.map(seen));
        expect(new Set(graph.problems)).toEqual(new Set(fresh.problems));
        expect(await repliesOf(graph)).toEqual(await repliesOf(fresh));
        await fresh.close();
        compared += 1;
      }
      await graph.close();
      expect(lives.closed).toEqual(lives.made);
    }),
    { interruptAfterTimeLimit: 4_000, markInterruptAsFailure: false, numRuns: 5_000 },
  );
  expect(compared).toBeGreaterThan(50);
});
