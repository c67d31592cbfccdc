import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ServedFiles } from '../../src/cli/serve-files.ts';
import { ServedStores } from '../../src/cli/serve-stores.ts';

const id = (n: number): string => `00000000-0000-5000-8000-00000000000${n}`;
const files = (specs: readonly object[], values: readonly object[] = []): ServedFiles => ({
  specs: specs as ServedFiles['specs'],
  values: values as ServedFiles['values'],
  read: { specs: [], values: [], problems: [] },
});
const names = async (store: ServedStores['specs']) => (await store.list()).items.map(({ document }) => document.name);

test.each([
  ['in memory', async () => undefined],
  ['in a folder', () => mkdtemp(join(tmpdir(), 'flowrpc-served-'))],
])('ST-09 %s: what a file says wrong leaves what was there, and nothing goes until all is right', async (_, folder) => {
  await using stores = await ServedStores.open(await folder());
  const [a, b] = [
    { id: id(1), kind: 'fork', name: 'a' },
    { id: id(2), kind: 'fork', name: 'b' },
  ];
  await stores.take(files([a, b], [{ id: id(3), name: 'pw', data: 1 }]));

  const refused = await stores.take(
    files([{ ...a, annotations: { team: 1 } }], [{ id: id(3), name: 'pw/x', data: 1 }]),
  );
  const meanwhile = [await names(stores.specs), await names(stores.values)];
  const right = await stores.take(files([{ ...a, annotations: { team: '1' } }], [{ id: id(3), name: 'pw', data: 2 }]));

  expect(refused).toEqual([expect.stringContaining('name'), expect.stringContaining('annotations.team')]);
  expect(meanwhile).toEqual([['a', 'b'], ['pw']]);
  expect(right).toEqual([]);
  expect([await names(stores.specs), await names(stores.values)]).toEqual([['a'], ['pw']]);
});
