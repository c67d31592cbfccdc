import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Code, connect, createServer, silentLogger } from 'flowrpc';
import { createGraph, parseSpecs } from 'flowrpc/graph';
import { ControlService, control, createControlToken } from 'flowrpc/runtime';
import { health } from 'flowrpc/services';
import { fileStore, memoryStore, type StoreEvent } from 'flowrpc/stores';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../stores/temporary-folder.ts';
import { codeOf } from '../suites/store.ts';
import { controlled } from './control-harness.ts';
import { instead } from './instead.ts';
import { poll } from './run-runtime.ts';

const ask = { where: '', pageSize: 0, pageToken: '' };

test('ListProblems tells of a store that is lost, of a broken file and of a spec, until they are mended (ST-02, ST-06, ST-09)', async () => {
  const folder = join(await temporaryFolder(), 'specs');
  await mkdir(folder);
  await writeFile(join(folder, 'a.yaml'), 'kind: snippet\nname: a\nlanguage: text\ncode: x\n');
  const specs = await fileStore(folder, { settleMs: 5, pollMs: 20 });
  onTestFinished(() => specs.close());
  const { client, runtime } = await controlled({ specs });
  const problems = async () => (await client.listProblems(ask)).problems;

  expect(await problems()).toEqual([]);
  await writeFile(join(folder, 'b.yaml'), 'kind: [fork\n');
  await writeFile(join(folder, 'c.yaml'), 'kind: snipet\nname: c\n');
  await expect.poll(problems, poll).toMatchObject([
    { severity: 'error', file: join(folder, 'b.yaml'), line: expect.any(Number), node: '' },
    {
      severity: 'error',
      file: join(folder, 'c.yaml'),
      line: 1,
      node: 'default.c',
      message: expect.stringContaining('unknown kind "snipet"'),
      suggestion: 'did you mean "snippet"?',
    },
  ]);
  await rename(folder, `${folder}.away`);
  await expect
    .poll(async () => (await problems()).map(({ message }) => message).join(), poll)
    .toContain(`Cannot read store directory "${folder}": ENOENT`);
  expect(await runtime.call('a', 1)).toBe('x');
  await rename(`${folder}.away`, folder);
  await writeFile(join(folder, 'b.yaml'), '# none\n');
  await writeFile(join(folder, 'c.yaml'), '# none\n');

  await expect.poll(problems, poll).toEqual([]);
});

test('ListProblems tells of a store that cannot be followed; a where and pages choose among them', async () => {
  const inner = memoryStore();
  const values = instead(memoryStore(), {
    watch: (): AsyncIterableIterator<StoreEvent> => {
      throw new Error('no connection');
    },
  });
  for (const name of ['a', 'b', 'c']) await inner.put({ kind: 'nope', name });
  const { client } = await controlled({ specs: inner, values });
  const list = (request: Partial<typeof ask>) => client.listProblems({ ...ask, ...request });
  await expect.poll(async () => (await list({})).problems.length, poll).toBe(4);

  const first = await list({ pageSize: 3 });
  const second = await list({ pageSize: 3, pageToken: first.nextPageToken });
  const one = await list({ where: 'self.node == "default.b"' });

  expect([first.problems.length, second.problems.length, second.nextPageToken]).toEqual([3, 1, '']);
  expect([...first.problems, ...second.problems].map(({ message }) => message)).toContain(
    'Cannot follow the store of values: no connection',
  );
  expect(one.problems.map(({ node }) => node)).toEqual(['default.b']);
  expect(await list({ pageToken: 'made up' }).catch(codeOf)).toBe(Code.INVALID_ARGUMENT);
});

test('ListProblems needs the token', async () => {
  const { clientWith } = await controlled();

  expect(await clientWith({}).listProblems(ask).catch(codeOf)).toBe(Code.UNAUTHENTICATED);
});

test('ListProblems of a graph without a runtime has what is wrong with it and with its stores, and nothing of what values say', async () => {
  const [folder, valueFolder] = [await temporaryFolder(), await temporaryFolder()];
  await writeFile(join(folder, 'b.yaml'), 'kind: [fork\n');
  await writeFile(join(valueFolder, 'v.yaml'), 'name: v\ndata: [canary-1d2c\nother: canary-1d2c }\n');
  await using specs = await fileStore(folder);
  await using values = await fileStore(valueFolder);
  await using graph = await createGraph({ ...parseSpecs('- { kind: nope, name: a }'), allowPending: true });
  const token = createControlToken();
  const state = health();
  await using server = createServer({ logger: silentLogger })
    .add(state)
    .add(control({ runtime: { graph, specs, values }, token }));
  const { address } = await server.listen('127.0.0.1:0');
  await using channel = connect(address);
  const client = channel.client(ControlService);

  const { problems } = await client.listProblems(ask, { metadata: { authorization: `Bearer ${token}` } });

  const files = [join(folder, 'b.yaml'), join(valueFolder, 'v.yaml')];
  expect(new Set(problems.map(({ node, file }) => node || file))).toEqual(new Set([...files, 'default.a']));
  expect(JSON.stringify(problems)).not.toContain('canary');
  expect(state.get()).toBe('SERVING');
});
