import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { controlTokenPath } from '../../src/cli/control-token-file.ts';
import { flowrpc } from './flowrpc.ts';
import { folderOf, type Serving, startServe, stopAll } from './serving.ts';

const secret = 'canary-7d1f0a55';

let dir: string;
let serving: Serving;
let host: string[];

beforeAll(async () => {
  dir = await folderOf({
    'specs.yaml': `
- kind: snippet
  name: greet
  language: text
  code: "{{ .WORD }}"
  env: { WORD: { name: word, data: "{{ .text }}" } }
- kind: fork
  name: split
  ports: { out: [{ name: greet, port: in }] }
`,
    'shop.yaml': '{ kind: snippet, name: greet, namespace: shop, language: text, code: other }',
    'values.yaml': `{ name: word, data: { text: ${secret} } }`,
    'unnamed.yaml': '- { kind: fork, name: right }\n- { kind: fork }\n',
    'mixed.yaml':
      '- { kind: fork, name: one }\n- { kind: rpc, name: two, target: "10.0.0.1:80", service: a.B, method: C }\n',
  });
  serving = await startServe([]);
  host = ['--host', serving.addresses[0]!];
});
afterAll(() => stopAll());

const file = (name: string): string => join(dir, name);
const json = ({ stdout }: { stdout: string }): unknown => JSON.parse(stdout);

test('#111 apply, get and delete, over a server: a value that arrives activates what waits for it, and is never shown', async () => {
  const applied = await flowrpc(['apply', 'specs', '-f', file('specs.yaml'), ...host]);
  const waiting = await flowrpc(['get', 'nodes', ...host]);
  const value = await flowrpc(['apply', 'values', '-f', file('values.yaml'), ...host]);
  const [active, values, specs] = await Promise.all([
    flowrpc(['get', 'nodes', '--json', ...host]),
    flowrpc(['get', 'values', '--json', ...host]),
    flowrpc(['get', 'specs', ...host]),
  ]);
  const called = await flowrpc(['call', serving.addresses[0]!, 'default.greet/In', '-d', '1']);
  const deleted = await flowrpc(['delete', 'specs', '-f', file('specs.yaml'), ...host]);

  expect(applied.stdout).toMatch(/^NAMESPACE +NAME +KIND +ID +REVISION +CHANGE\ndefault +greet +snippet .* created\n/);
  expect(waiting.stdout).toMatch(/default\.greet +snippet .*inactive: .*value "word" not found/);
  expect(waiting.stdout).toMatch(/default\.split +fork .*inactive: .*"greet"/);
  expect(json(active)).toMatchObject([
    { service: 'default.greet', status: 'active' },
    { service: 'default.split', status: 'active' },
  ]);
  expect(json(values)).toMatchObject([{ name: 'word', maskedData: { text: '***' } }]);
  expect(called.stdout).toContain(secret);
  expect(deleted.stdout.match(/ deleted\n/g)).toHaveLength(2);
  // S-10: nothing that shows specs, values or nodes has it.
  for (const { stdout, stderr } of [applied, waiting, value, active, values, specs, deleted])
    expect(stdout + stderr).not.toContain(secret);
});

test('#111 apply and delete over a store touch the one document they name, with and without namespace', async () => {
  const store = ['--store', join(dir, 'store')];
  await flowrpc(['apply', 'specs', '-f', file('specs.yaml'), '-f', file('shop.yaml'), ...store]);
  const files = () =>
    Promise.all(
      ['default.greet', 'default.split', 'shop.greet'].map((name) =>
        readFile(join(dir, 'store', 'specs', `${name}.yaml`), 'utf8').catch(() => 'gone'),
      ),
    );
  const before = await files();

  const again = await flowrpc(['apply', 'specs', '-f', file('shop.yaml'), '-n', 'default', '--json', ...store]);
  const wrong = await flowrpc(['delete', 'specs', 'split', '-n', 'shop', ...store]);
  const right = await flowrpc(['delete', 'specs', 'greet', '-n', 'shop', ...store]);
  const after = await files();
  const got = await flowrpc(['get', 'specs', 'greet', '--json', ...store]);

  expect(json(again)).toMatchObject([{ namespace: 'shop', name: 'greet', change: 'unchanged' }]);
  expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('There is no spec "shop/split"') });
  expect(right.code).toBe(0);
  expect(after).toEqual([before[0], before[1], 'gone']);
  expect(json(got)).toMatchObject([{ namespace: 'default', name: 'greet', code: '{{ .WORD }}' }]);
});

test('#111 apply refuses specs with neither id nor name before it changes anything', async () => {
  const store = join(dir, 'unnamed');

  const { code, stdout, stderr } = await flowrpc(['apply', 'specs', '-f', file('unnamed.yaml'), '--store', store]);

  expect(stderr).toMatch(/^error: Cannot apply specs with neither id nor name: .*unnamed\.yaml:\d+:\d+\n$/);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  await expect(stat(store)).rejects.toThrow('ENOENT');
});

test('#111 what get --json prints can be applied again, and changes nothing', async () => {
  const store = ['--store', join(dir, 'round')];
  await flowrpc(['apply', 'specs', '-f', file('specs.yaml'), '-f', '-', ...store], {
    input: '{ kind: fork, name: large, n: 1152921504606846977 }',
  });

  const got = await flowrpc(['get', 'specs', '--json', ...store]);
  const { stdout } = await flowrpc(['apply', 'specs', '-f', '-', '--json', ...store], { input: got.stdout });

  expect(JSON.parse(stdout)).toMatchObject(Array(3).fill({ change: 'unchanged' }));
  expect(got.stdout).toContain('"n":1152921504606846977');
});

test('apply goes on after a document that is refused, tells where it is, and fails', async () => {
  const { code, stdout, stderr } = await flowrpc(['apply', 'specs', '-f', file('mixed.yaml'), ...host]);
  await flowrpc(['delete', 'specs', 'one', ...host]);

  expect(stdout).toMatch(/default +one +fork .* created\n$/);
  expect(stderr).toMatch(/mixed\.yaml:\d+:\d+:\nerror: PERMISSION_DENIED: .*"10\.0\.0\.1:80".*allowed targets\n/);
  expect(code).toBe(1);
});

test('the token: another one is refused, one for another machine is never looked for, its file goes with the server', async () => {
  const { child, addresses, ended } = await startServe([]);
  const path = controlTokenPath(addresses[0]!);
  const mode = (await stat(path)).mode & 0o777;
  await writeFile(file('wrong.token'), 'x'.repeat(43), { mode: 0o600 });

  const [wrong, elsewhere] = await Promise.all([
    flowrpc(['get', 'nodes', '--host', addresses[0]!, '--control-token-file', file('wrong.token')]),
    flowrpc(['get', 'nodes', '--host', `192.0.2.1:${addresses[0]!.split(':').at(-1)}`]),
  ]);
  child.kill('SIGTERM');

  expect(mode).toBe(0o600);
  expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('UNAUTHENTICATED') });
  expect(elsewhere).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/wanted its control token, by --control-token-file/),
  });
  expect((await ended).code).toBe(0);
  await expect(stat(path)).rejects.toThrow('ENOENT');
});

test('serve --control off serves none, and on addresses of all machines it takes --control on', async () => {
  const [off, open, asked] = await Promise.all([
    startServe(['--control', 'off']),
    startServe(['--listen', '0.0.0.0:0']),
    startServe(['--listen', '0.0.0.0:0', '--control', 'on']),
  ]);

  const lists = await Promise.all(
    [off, open, asked].map(({ addresses }) =>
      flowrpc(['health', addresses[0]!.replace('0.0.0.0', '127.0.0.1'), 'flowrpc.v1.Control']),
    ),
  );
  const nodes = await flowrpc(['get', 'nodes', '--host', asked.addresses[0]!.replace('0.0.0.0', '127.0.0.1')]);
  for (const { child } of [off, open, asked]) child.kill('SIGTERM');

  expect(lists.map(({ stdout }) => stdout)).toEqual(['', '', 'SERVING\n']);
  expect(nodes).toMatchObject({ code: 0, stdout: 'none\n' });
});

test.each<[string, string[], string]>([
  ['apply without a file', ['apply', 'specs'], "required option '-f, --filename <file>' not specified"],
  ['apply of something else', ['apply', 'nodes', '-f', 'x'], 'Allowed choices are specs, values'],
  ['delete of nothing', ['delete', 'specs'], 'wanted names, or -f FILE'],
  ['two places', ['get', 'specs', '--host', '127.0.0.1:1', '--store', 'x'], '--host beside --store'],
  ['nodes of a store', ['get', 'nodes', '--store', 'x'], "they are a server's"],
])('X-01 %s: exit code 2, why and usage on stderr', async (_, args, why) => {
  const { code, stdout, stderr } = await flowrpc(args);

  expect(stderr).toContain(why);
  expect(stderr).toContain('Usage: flowrpc');
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
});
