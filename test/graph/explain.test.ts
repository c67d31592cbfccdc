import fc from 'fast-check';
import { silentLogger } from 'flowrpc';
import { createGraph } from 'flowrpc/graph';
import { createKinds } from 'flowrpc/nodes';
import { expect, test } from 'vitest';
import { Lives, specsOf } from './lives.ts';

const names = ['a', 'b', 'c', 'd', 'e'];
const node = fc.record({ out: fc.uniqueArray(fc.constantFrom(...names), { maxLength: 3 }), broken: fc.boolean() });

test('the reason why a node is inactive is the same in whatever order the nodes are written, and leads to what is wrong', async () => {
  const { node: kind, counter, emits } = new Lives();
  const options = { kinds: createKinds(kind, counter, emits), logger: silentLogger, allowPending: true };
  await fc.assert(
    fc.asyncProperty(
      fc.array(node, { minLength: names.length, maxLength: names.length }),
      fc.shuffledSubarray(names, { minLength: names.length }),
      async (nodes, order) => {
        const written = names.map((name, index) => ({
          kind: 'node',
          name,
          ...(nodes[index]!.broken && { colour: 'red' }),
          ports: { out: nodes[index]!.out.map((target) => ({ name: target, port: 'in' })) },
        }));
        const reasons = async (specs: typeof written): Promise<Map<string | undefined, string | undefined>> => {
          await using graph = await createGraph({ specs: specsOf(specs), ...options });
          return new Map(graph.nodes.map((one) => [one.name, one.reason]));
        };
        const first = await reasons(written);
        const other = await reasons(order.map((name) => written.find((one) => one.name === name)!));

        for (const [name, reason] of first) {
          expect(other.get(name)).toBe(reason);
          if (reason !== undefined) expect(reason).toMatch(/unknown field "colour"$/);
        }
      },
    ),
    { interruptAfterTimeLimit: 4_000, markInterruptAsFailure: false, numRuns: 2_000 },
  );
});
