import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { flowrpc } from './flowrpc.ts';
import { folderOf, startServe, stopAll } from './serving.ts';

let dir: string;

beforeAll(async () => {
  dir = await folderOf({
    'specs.yaml': `{ kind: snippet, name: greet, language: text, code: "{{ .WORD }}", env: { WORD: { name: word, data: "{{ . }}" } } }`,
    'values.yaml': '{ name: word, data: hello }',
    'env.yaml': `{ kind: snippet, name: greet, language: text, code: "{{ .A }}-{{ .B }}", env: { A: { data: "{{ .A }}" }, B: { data: "{{ .B }}" } } }`,
    'config.toml': `specs = "env.yaml"\n[environment]\nA = "file"\nB = "file"\n`,
  });
});
afterAll(() => stopAll());

const file = (name: string): string => join(dir, name);
const greet = async (address: string): Promise<string> =>
  (await flowrpc(['call', address, 'default.greet/In', '-d', '1', '--json'])).stdout.trim();

test('#112 start --from-specs --from-values serves until SIGTERM, and exits with 0', async () => {
  const { child, addresses, nodes, ended } = await startServe(
    ['--from-specs', file('specs.yaml'), '--from-values', file('values.yaml')],
    { command: 'start' },
  );

  const answer = await greet(addresses[0]!);
  child.kill('SIGTERM');

  expect(nodes).toMatchObject([{ service: 'default.greet', status: 'active' }]);
  expect(answer).toBe('"hello"');
  expect((await ended).code).toBe(0);
});

test('start refuses specs whose value is not there, and --allow-pending lists the node as inactive', async () => {
  const strict = await flowrpc(['start', '--from-specs', file('specs.yaml'), '--listen', '127.0.0.1:0']);
  const { child, nodes } = await startServe(['--from-specs', file('specs.yaml'), '--allow-pending']);
  child.kill('SIGTERM');

  expect(strict).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('value "word" not found') });
  expect(nodes).toMatchObject([{ status: 'inactive', reason: expect.stringContaining('"word"') }]);
});

test('start --store keeps what was applied, over a restart and without the files', async () => {
  const store = ['--store', join(dir, 'store')];
  const first = await startServe([...store, '--from-specs', file('specs.yaml'), '--from-values', file('values.yaml')]);
  await flowrpc(['apply', 'values', '-f', '-', '--host', first.addresses[0]!], {
    input: '{ name: word, data: changed }',
  });
  await expect.poll(() => greet(first.addresses[0]!), { timeout: 30_000 }).toBe('"changed"');
  first.child.kill('SIGTERM');
  await first.ended;

  const second = await startServe(store);
  const kept = await greet(second.addresses[0]!);
  // Another process changes the folder.
  await flowrpc(['apply', 'values', '-f', file('values.yaml'), ...store]);
  await expect.poll(() => greet(second.addresses[0]!), { timeout: 30_000 }).toBe('"hello"');
  second.child.kill('SIGTERM');

  expect(kept).toBe('"changed"');
});

test('start --watch takes over changes of its files, and goes on with the last good ones', async () => {
  await writeFile(
    file('watched.yaml'),
    '[{ kind: snippet, name: greet, language: text, code: one }, { kind: fork, name: split }]',
  );
  const { child, addresses, ended } = await startServe([file('watched.yaml'), '--watch']);
  const host = ['--host', addresses[0]!];
  const replace = async (text: string): Promise<void> => {
    await writeFile(file('next'), text);
    await rename(file('next'), file('watched.yaml'));
  };

  await replace('[{ kind: snippet, name: greet, language: text, code: two }]');
  await expect.poll(() => greet(addresses[0]!), { timeout: 30_000 }).toBe('"two"');
  const nodes = await flowrpc(['get', 'nodes', '--json', ...host]);
  stderrOf(child);
  await replace('[{ kind: snippet, name: ');
  await expect.poll(() => stderrOf(child), { timeout: 30_000 }).toContain('watched.yaml');
  const still = await greet(addresses[0]!);
  child.kill('SIGTERM');

  expect((JSON.parse(nodes.stdout) as { name: string }[]).map(({ name }) => name)).toEqual(['greet']);
  expect(still).toBe('"two"');
  expect((await ended).code).toBe(0);
});

test('#112 the environment of nodes: -e before FLOWRPC_ENVIRONMENT__… before a TOML file that FLOWRPC_CONFIG names', async () => {
  const env = {
    FLOWRPC_CONFIG: file('config.toml'),
    FLOWRPC_ENVIRONMENT__A: 'variable',
    FLOWRPC_ENVIRONMENT__B: 'variable',
  };
  const [variables, flags] = await Promise.all([startServe([], { env }), startServe(['-e', 'B=flag'], { env })]);

  const answers = await Promise.all([greet(variables.addresses[0]!), greet(flags.addresses[0]!)]);
  for (const { child } of [variables, flags]) child.kill('SIGTERM');

  expect(answers).toEqual(['"variable-variable"', '"variable-flag"']);
});

test('#112 --cpuprofile and --memprofile write profiles when the server ends', async () => {
  const { child, ended } = await startServe([
    '--cpuprofile',
    file('cpu.cpuprofile'),
    '--memprofile',
    file('mem.heapprofile'),
  ]);
  child.kill('SIGINT');

  expect((await ended).code).toBe(0);
  expect(JSON.parse(await readFile(file('cpu.cpuprofile'), 'utf8'))).toMatchObject({ nodes: expect.any(Array) });
  expect(JSON.parse(await readFile(file('mem.heapprofile'), 'utf8'))).toMatchObject({ head: expect.any(Object) });
});

test('#112 start --debug opens a debugger on its own terminal, and ends with it', async () => {
  const args = ['start', '--from-specs', file('specs.yaml'), '--from-values', file('values.yaml'), '--debug'];

  const { code, stdout } = await flowrpc([...args, '--listen', '127.0.0.1:0'], { input: 'symbols\nquit\n' });
  const refused = await flowrpc([...args, '--control', 'off', '--listen', '127.0.0.1:0']);

  expect(stdout).toMatch(/listening on .*default\.greet.*default\.greet/s);
  expect(code).toBe(0);
  expect(refused).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('--debug') });
});

test('X-02 a secret given with -e is taken, with a warning that does not show it; a bare name is not warned of', async () => {
  const told = await startServe(['-e', 'DB_PASSWORD=canary-55', '-e', 'PORT=1']);
  const quiet = await startServe(['-e', 'DB_PASSWORD'], { env: { DB_PASSWORD: 'canary-55' } });
  for (const { child } of [told, quiet]) child.kill('SIGTERM');

  const { stderr } = await told.ended;
  expect(stderr).toMatch(/^warning: "-e DB_PASSWORD=…" is visible/);
  expect(stderr).not.toContain('canary-55');
  expect(stderr).not.toContain('PORT');
  expect((await quiet.ended).stderr).not.toContain('warning');
});

test('X-06 a token that cannot be written costs a warning, and everything else works', async () => {
  const { child, addresses, ended } = await startServe([file('specs.yaml'), '--allow-pending'], {
    env: { XDG_RUNTIME_DIR: '/proc/nowhere' },
  });

  const health = await flowrpc(['health', addresses[0]!]);
  child.kill('SIGTERM');

  expect(health.stdout).toBe('SERVING\n');
  expect((await ended).stderr).toContain('FLOWRPC_CONTROL_TOKEN');
});

const texts = new WeakMap<object, string>();

/** All that a child wrote to stderr since it was first asked. */
function stderrOf(child: import('node:child_process').ChildProcess): string {
  if (!texts.has(child)) {
    texts.set(child, '');
    child.stderr!.on('data', (text) => texts.set(child, texts.get(child)! + String(text)));
  }
  return texts.get(child)!;
}
