import fc from 'fast-check';
import { formatProblems, readSpecs, validateGraph } from 'flowrpc/graph';
import { createKinds, defineKind, oneToOne } from 'flowrpc/nodes';
import { describe, expect, test } from 'vitest';
import { handWritten, runGraph } from './run-graph.ts';

/** For each node, the nodes after it that it leads to. */
type Edges = readonly (readonly number[])[];

const dag: fc.Arbitrary<Edges> = fc
  .integer({ min: 1, max: 7 })
  .chain((count) =>
    fc.tuple(
      ...Array.from({ length: count }, (_, from) =>
        fc.subarray(range(from + 1, count), { maxLength: Math.min(3, count - from - 1) }),
      ),
    ),
  );

const kinds = createKinds(defineKind({ kind: 'any', setup: () => oneToOne((payload) => payload) }));

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

function specsOf(edges: Edges): object[] {
  return edges.map((targets, index) => ({
    kind: 'any',
    name: `n${index}`,
    ports: { out: targets.map((target) => ({ name: `n${target}`, port: 'in' })) },
  }));
}

function problemsOf(edges: Edges) {
  const { specs, problems } = readSpecs(specsOf(edges));
  return [...problems, ...validateGraph(specs, { kinds })];
}

/** Whether a path leads from one node to another; each leads to itself. */
function leads(edges: Edges, from: number, to: number): boolean {
  return from === to || (edges[from] ?? []).some((next) => leads(edges, next, to));
}

describe('any graph without a cycle', () => {
  test('has no problem; an edge back is a warning for each node that closes a cycle, with one that is there', () => {
    let cycles = 0;
    fc.assert(
      fc.property(dag, fc.nat(), fc.nat(), (edges, a, b) => {
        expect(formatProblems(problemsOf(edges))).toBe('');
        const [to, from] = [a % edges.length, b % edges.length].sort() as [number, number];
        if (!leads(edges, to, from)) return;
        cycles += 1;
        const closed = edges.map((targets, index) => (index === from ? [...targets, to] : targets));

        const problems = problemsOf(closed);

        expect(problems.length).toBeGreaterThan(0);
        for (const { severity, message } of problems) {
          expect(severity).toBe('warning');
          const path = [...message.matchAll(/"n(\d)"/g)].map(([, index]) => Number(index));
          // The node that the warning is of stands before its path.
          const cycle = path.slice(path.length - path.toReversed().indexOf(path.at(-1) as number, 1) - 1);
          const steps = cycle.slice(1).map((next, at) => [cycle[at], next]);
          expect(cycle[0]).toBe(cycle.at(-1));
          expect(steps).toContainEqual([from, to]);
          for (const [node, next] of steps) expect(closed[node as number]).toContain(next);
        }
        expect(new Set(problems.map(({ node }) => node)).size).toBe(problems.length);
      }),
      // Two ways back from one edge, where the search comes into the cycle in its middle.
      { examples: [[[[], [], [5], [4, 5], [5], [], []], 3, 5]] },
    );
    expect(cycles).toBeGreaterThan(20);
  });

  test('brings a packet to each node once for each path to it, and an answer back for each', async () => {
    await fc.assert(
      fc.asyncProperty(dag, async (edges) => {
        const visits = edges.map(() => 0);
        let answers = 0;
        const kind = handWritten('any', async ({ payload }, context) => {
          visits[Number(context.node.name?.slice(1))]! += 1;
          const { reply } = await context.send('out', payload);
          answers += 1;
          return reply;
        });
        const graph = await runGraph(specsOf(edges), [kind]);

        await graph.call('n0', 'x');
        await expect.poll(() => graph.processes.size, { interval: 1 }).toBe(0);

        const paths = edges.map(() => 0);
        paths[0] = 1;
        for (const [from, targets] of edges.entries()) for (const to of targets) paths[to]! += paths[from] ?? 0;
        expect(visits).toEqual(paths);
        expect(answers).toBe(visits.reduce((all, each) => all + each, 0));
        await graph.close({ graceMs: 0 });
      }),
    );
  });
});
