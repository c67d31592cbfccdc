import { Code } from 'flowrpc';
import { ByteStream } from 'flowrpc/nodes';
import { describe, expect, test } from 'vitest';
import { mapping, runGraph, to } from '../../graph/run-graph.ts';
import { place, placements } from '../../suites/placements.ts';

const tag = mapping('tag', (payload: unknown, { node }) => [node.name, payload instanceof Error ? 'error' : payload]);

describe.each(placements)('map: %s edges', (placement) => {
  test('sends what the expression makes of the payload, and what fails to `error`', async () => {
    const { call } = await place(
      placement,
      [
        {
          kind: 'map',
          name: 'm',
          code: '{ "name": self.user.name, "adult": self.age >= 18 }',
          ports: to({ out: 't', error: 'e' }),
        },
        { kind: 'tag', name: 't' },
        { kind: 'tag', name: 'e' },
      ],
      { far: ['m'], kinds: [tag] },
    );

    expect(await call('m', { user: { name: 'Ada' }, age: 36 })).toEqual(['t', { name: 'Ada', adult: true }]);
    expect(await call('m', null)).toEqual(['e', 'error']);
  });
});

describe('map', () => {
  test('a byte stream is no value to an expression that looks at it', async () => {
    const stream = mapping('stream', () => ({ body: new ByteStream((async function* () {})()), size: 7 }));
    const graph = await runGraph(
      [
        { kind: 'stream', name: 's', ports: to({ out: 'm' }) },
        { kind: 'map', name: 'm', code: 'self.body == "x"' },
        { kind: 'stream', name: 'beside', ports: to({ out: 'size' }) },
        { kind: 'map', name: 'size', code: 'self.size' },
      ],
      [stream],
    );

    await expect(graph.call('s', null)).rejects.toMatchObject({
      code: Code.INVALID_ARGUMENT,
      statusMessage: expect.stringContaining('a byte stream is there'),
    });
    expect(await graph.call('beside', null)).toBe(7);
  });

  test('takes any language, written beside the code or inside of it', async () => {
    const graph = await runGraph([
      { kind: 'map', name: 'beside', language: 'javascript', code: 'export default (n) => n * 2;' },
      { kind: 'map', name: 'inside', code: { language: 'json', code: '[1]' } },
    ]);

    expect(await graph.call('beside', 21)).toBe(42);
    expect(await graph.call('inside', 21)).toEqual([1]);
  });

  test.each([
    [{}, /"code"/],
    [{ code: 'self +' }, /code/],
    [{ code: 'self', language: 'cobol' }, /cobol/],
    [{ code: 'self', to: 1 }, /unknown field "to"/],
  ])('refuses %j', async (fields, message) => {
    await expect(runGraph([{ kind: 'map', name: 'm', ...fields }])).rejects.toThrow(message);
  });
});
