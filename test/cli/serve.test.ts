import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { flowrpc } from './flowrpc.ts';
import { folderOf, greeted, type Serving, startServe, stopAll } from './serving.ts';

const graph = `
- kind: snippet
  name: greet
  language: javascript
  module: ./greet.mjs
- kind: snippet
  name: wait
  language: javascript
  module: ./wait.mjs
`;
const greet = `export default ({ name }) => ({ message: 'Hello, ' + name });`;
const wait = `export default (ms) => {
  process.stderr.write('waiting\\n');
  return new Promise((resolve) => setTimeout(resolve, ms, 'waited'));
};`;
const pem = (name: string): string => fileURLToPath(new URL(`tls/${name}.pem`, import.meta.url));

let dir: string;
let file: string;
let serving: Serving;
let host: string;
let taken: Server;
let takenAddress: string;

beforeAll(async () => {
  dir = await folderOf({
    'graph.yaml': graph,
    'greet.mjs': greet,
    'wait.mjs': wait,
    'wrong.yaml': `${graph}- kind: snipet\n  name: a\n- kind: fork\n  name: b\n  ports: { out: [{ name: nobody, port: in }] }\n`,
  });
  file = join(dir, 'graph.yaml');
  serving = await startServe([file]);
  host = serving.addresses[0]!;
  taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  takenAddress = `127.0.0.1:${(taken.address() as { port: number }).port}`;
});

afterAll(async () => {
  stopAll();
  taken?.close();
});

test.concurrent('serve makes each node a service that can be listed, called and asked for its health', async () => {
  const [list, call, health, described] = await Promise.all([
    flowrpc(['list', host]),
    flowrpc(['call', host, 'default.greet/In', '-d', '{"name":"Ada"}', '--json']),
    flowrpc(['health', host, 'default.greet']),
    flowrpc(['describe', host, 'default.greet']),
  ]);

  expect(serving.nodes).toContainEqual({ service: 'default.greet', kind: 'snippet', status: 'active' });
  expect(list.stdout.split('\n')).toEqual(
    expect.arrayContaining(['default.greet', 'default.wait', 'grpc.health.v1.Health']),
  );
  expect(call).toEqual({ code: 0, stdout: '{"message":"Hello, Ada"}\n', stderr: '' });
  expect(health.stdout).toBe('SERVING\n');
  expect(described.stdout).toContain('rpc In(google.protobuf.Value) returns (google.protobuf.Value);');
});

test.concurrent('serve tells people where it listens, what runs, and what to try', async () => {
  const { child, ended, output } = await greeted([file, '--listen', '127.0.0.1:0']);

  child.kill('SIGINT');

  const [, address] = /^listening on (127\.0\.0\.1:\d+)\n/.exec(output) ?? [];
  expect(output).toContain(
    'SERVICE        KIND     STATUS\ndefault.greet  snippet  active\ndefault.wait   snippet  active\n',
  );
  expect(output).toContain(`  grpcurl -plaintext -d '{"name":"Ada"}' ${address} default.greet/In\n`);
  expect(output).toContain(`  flowrpc call ${address} default.greet/In -d '{"name":"Ada"}'\n`);
  expect(await ended).toBe(0);
});

test.concurrent('serve ends with 0 on SIGTERM, after the calls under way', async () => {
  const { child, addresses, ended } = await startServe([file]);
  const call = flowrpc(['call', addresses[0]!, 'default.wait/In', '-d', '1500', '--json']);
  await once(child.stderr!, 'data');

  child.kill('SIGTERM');

  expect(await call).toEqual({ code: 0, stdout: '"waited"\n', stderr: '' });
  expect(await ended).toMatchObject({ code: 0, stderr: expect.stringMatching(/^waiting\nstopping: .* 25 s.*\n$/) });
});

test.concurrent('serve --grace cuts calls that take longer, and still ends with 0', async () => {
  const { child, addresses, ended } = await startServe([file, '--grace', '100ms']);
  const call = flowrpc(['call', addresses[0]!, 'default.wait/In', '-d', '60000']);
  await once(child.stderr!, 'data');

  child.kill('SIGTERM');

  expect(await call).toMatchObject({ code: 1, stderr: expect.stringMatching(/^error: UNAVAILABLE/) });
  expect((await ended).code).toBe(0);
});

test.concurrent('serve ends at once on a second signal', async () => {
  const { child, addresses, ended } = await startServe([file]);
  const call = flowrpc(['call', addresses[0]!, 'default.wait/In', '-d', '60000']);
  await once(child.stderr!, 'data');

  child.kill('SIGINT');
  await once(child.stderr!, 'data');
  // Sooner, it would be the first one told twice.
  await new Promise((resolve) => setTimeout(resolve, 400));
  child.kill('SIGINT');

  expect((await ended).code).toBe(130);
  expect((await call).code).toBe(1);
});

test.concurrent('serve refuses a graph with problems: all of them, exit code 1, nothing opened', async () => {
  const [text, json] = await Promise.all([
    flowrpc(['serve', join(dir, 'wrong.yaml'), '--listen', takenAddress]),
    flowrpc(['serve', join(dir, 'wrong.yaml'), '--listen', takenAddress, '--json']),
  ]);

  expect(text.stderr.trimEnd().split('\n')).toEqual([
    expect.stringMatching(/wrong\.yaml:10:.*"snipet"/),
    expect.stringMatching(/wrong\.yaml:14:.*"nobody"/),
  ]);
  expect(JSON.parse(json.stderr)).toMatchObject({ problems: [{ line: 10 }, { line: 14 }] });
  expect([text.code, text.stdout, json.code, json.stdout]).toEqual([1, '', 1, '']);
});

test.concurrent('serve --allow-pending serves the nodes that are right, and says why others do not run', async () => {
  const { child, addresses, nodes, ended } = await startServe([join(dir, 'wrong.yaml'), '--allow-pending']);

  const call = await flowrpc(['call', addresses[0]!, 'default.greet/In', '-d', '{"name":"Ada"}', '--json']);
  child.kill('SIGTERM');

  expect(call.stdout).toBe('{"message":"Hello, Ada"}\n');
  expect(nodes).toContainEqual(
    expect.objectContaining({ service: 'default.a', status: 'inactive', reason: expect.any(String) }),
  );
  expect((await ended).code).toBe(0);
});

test.concurrent.each<[string, string[], (taken: string) => string[], RegExp]>([
  ['a port in use', [], (address) => ['--listen', address], /^error: Cannot listen on ".*": the address is in use\n$/],
  [
    'a port in use beside a free one',
    ['--listen', '127.0.0.1:0'],
    (address) => ['--listen', address],
    /: the address is in use\n$/,
  ],
  [
    'a certificate that is not there',
    ['--tls-cert', '/nowhere.pem', '--tls-key', '/nowhere.pem'],
    () => [],
    /^error: .*nowhere\.pem.*\n$/,
  ],
  [
    'a key that does not fit',
    ['--tls-cert', pem('other-cert'), '--tls-key', pem('library-key')],
    () => [],
    /^error: .*\n$/,
  ],
])('serve fails on %s: exit code 1, one line', async (_, args, more, why) => {
  const listen = args.includes('--listen') || args.length === 0 ? [] : ['--listen', '127.0.0.1:0'];

  const { code, stdout, stderr } = await flowrpc(['serve', file, ...args, ...listen, ...more(takenAddress)]);

  expect(stderr).toMatch(why);
  expect({ code, stdout, lines: stderr.split('\n').length }).toEqual({ code: 1, stdout: '', lines: 2 });
});

test.concurrent('serve tells of a module that cannot be loaded', async () => {
  const broken = await folderOf({
    'graph.yaml': '{ kind: snippet, name: a, language: javascript, module: ./nowhere.mjs }',
  });

  const { code, stdout, stderr } = await flowrpc(['serve', join(broken, 'graph.yaml'), '--listen', '127.0.0.1:0']);

  expect(stderr).toMatch(/^.*nowhere\.mjs.*\n$/);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
});

test.concurrent('serve --reflection off hides what it serves, calls go on', async () => {
  const { child, addresses, ended } = await startServe([file, '--reflection', 'off']);

  const [list, health] = await Promise.all([
    flowrpc(['list', addresses[0]!]),
    flowrpc(['health', addresses[0]!, 'default.greet']),
  ]);
  child.kill('SIGTERM');

  expect(list).toMatchObject({ code: 1, stderr: expect.stringContaining('UNIMPLEMENTED') });
  expect(health.stdout).toBe('SERVING\n');
  expect((await ended).code).toBe(0);
});

test.concurrent('serve listens on a Unix socket and with TLS', async () => {
  const socket = `unix:${join(dir, 'flowrpc.sock')}`;
  const [plain, tls] = await Promise.all([
    startServe([file, '--listen', socket]),
    startServe([file, '--tls-cert', pem('library-cert'), '--tls-key', pem('library-key')]),
  ]);
  const call = ['default.greet/In', '-d', '{"name":"Ada"}', '--json'];

  const results = await Promise.all([
    flowrpc(['call', socket, ...call]),
    flowrpc(['call', tls.addresses[0]!, ...call, '--ca', pem('library-cert'), '--server-name', 'library.test']),
  ]);
  for (const { child } of [plain, tls]) child.kill('SIGTERM');

  for (const { stdout } of results) expect(stdout).toBe('{"message":"Hello, Ada"}\n');
  expect(plain.addresses).toEqual([socket]);
  expect(await Promise.all([plain.ended, tls.ended])).toMatchObject([{ code: 0 }, { code: 0 }]);
});
