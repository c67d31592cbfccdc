import { fileURLToPath } from 'node:url';
import { Code } from 'flowrpc';
import { describe, expect, test } from 'vitest';
import { to } from '../../graph/run-graph.ts';
import { place, placements } from '../../suites/placements.ts';

const baseDir = fileURLToPath(new URL('..', import.meta.url));

describe.each(placements)('snippet, %s edges', (placement) => {
  const make = (fields: object, more: readonly object[] = []): ReturnType<typeof place> =>
    place(placement, [{ kind: 'snippet', name: 's', ...fields }, ...more], { far: ['s'], baseDir });

  test.each([
    [{ language: 'text', code: 'hello' }, 'hello'],
    [{ language: 'json', code: '{"a": [{}, [], ""]}' }, { a: [{}, [], ''] }],
    [{ language: 'yaml', code: 'a: [1]' }, { a: [1] }],
    [{ language: 'cel', code: 'self.n + 1' }, 2],
    [{ code: 'n + 1' }, 2],
    [{ language: 'javascript', code: 'export default async ({ n }) => n + 1' }, 2],
    [{ language: 'typescript', code: 'export default ({ n }: { n: number }): number => n + 1' }, 2],
    [{ language: 'javascript', code: 'module.exports = ({ n }) => [n]', timeout: '30s' }, [1]],
    [{ module: './modules.ts', export: 'later' }, [{ n: 1 }]],
    [{ language: 'typescript', module: './modules.ts', export: 'later' }, [{ n: 1 }]],
  ])('runs %j, #93', async (fields, result) => {
    const { call } = await make(fields);

    expect(await call('s', { n: 1 })).toEqual(result);
  });

  test('sends its result to `out`, and what it throws to `error`, whose reply replaces it, #79', async () => {
    const { call } = await make(
      {
        language: 'javascript',
        code: 'export default (x) => { if (x < 0) throw new Error(x + " is too low"); return x; }',
        ports: to({ out: 'twice', error: 'text' }),
      },
      [
        { kind: 'snippet', name: 'twice', language: 'cel', code: 'self * 2' },
        { kind: 'snippet', name: 'text', language: 'cel', code: 'self.message' },
      ],
    );

    expect(await call('s', 2)).toBe(4);
    expect(await call('s', -1)).toBe('-1 is too low');
  });

  test('answers with the error where `error` leads nowhere', async () => {
    const { call } = await make({
      language: 'javascript',
      code: 'export default () => { throw Object.assign(new Error("gone"), { code: "NOT_FOUND" }); }',
    });

    await expect(call('s', 1)).rejects.toMatchObject({ code: Code.NOT_FOUND, statusMessage: 'gone' });
  });

  test('stops a script after `timeout`, and goes on with the next packet, #80', async () => {
    const { call } = await make({
      language: 'javascript',
      code: 'export default (x) => { while (x === "loop"); return x; }',
      timeout: '1s',
    });

    await expect(call('s', 'loop')).rejects.toMatchObject({ code: Code.DEADLINE_EXCEEDED });
    await expect.poll(() => call('s', 'fine').catch(() => undefined), { timeout: 20_000 }).toBe('fine');
  });

  test('stops a script when its process is cancelled, and goes on with the next packet, #80', async () => {
    const { call } = await make({
      language: 'javascript',
      code: 'export default (x) => { while (x === "loop"); return x; }',
      timeout: '30s',
    });
    const cancel = new AbortController();
    const calls = [1, 2, 3].map(() => call('s', 'loop', { signal: cancel.signal }));
    setTimeout(() => cancel.abort(), 20);

    for (const one of calls) await expect(one).rejects.toMatchObject({ code: Code.CANCELLED });
    expect(await call('s', 'fine')).toBe('fine');
  });

  test('keeps nothing from one run to the next, #79', async () => {
    const { call } = await make({
      language: 'javascript',
      code: 'let n = 0; export default () => [++n, (globalThis.n = (globalThis.n ?? 0) + 1)]',
    });

    expect([await call('s', 1), await call('s', 1)]).toEqual([
      [1, 1],
      [1, 1],
    ]);
  });

  test('keeps empty values, bytes and large numbers through scripts and edges, #20', async () => {
    const { call } = await make({ language: 'javascript', code: 'export default (x) => x' });
    const value = { a: {}, b: [], c: '', d: null, e: new Uint8Array([1]), f: 2n ** 62n, g: -0, h: Number.NaN };

    expect(await call('s', value)).toEqual(value);
  });
});
