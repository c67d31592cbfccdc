import { expect, test } from 'vitest';
import { runGraph } from './run-graph.ts';

const problemsOf = { kind: 'snippet', language: 'text' };

test('nodes that lack their kind or a field are refused by name, and the others of the same load run #2', async () => {
  const graph = await runGraph(
    [{ ...problemsOf, name: 'good', code: 'hello' }, { ...problemsOf, name: 'bad' }, { name: 'kindless' }],
    [],
    { allowPending: true },
  );

  expect(await graph.call('good', 1)).toBe('hello');
  expect(graph.nodes.find(({ name }) => name === 'bad')).toMatchObject({
    status: 'inactive',
    reason: expect.stringContaining('code'),
  });
  expect(graph.problems.map(({ message }) => message)).toContainEqual(expect.stringContaining('missing field "kind"'));
});
