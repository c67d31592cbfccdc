import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createServer, type ListenOptions, silentLogger } from 'flowrpc';
import { createGraph, readSpecs } from 'flowrpc/graph';
import { reflection } from 'flowrpc/services';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { flowrpc } from './flowrpc.ts';
import { folderOf } from './serving.ts';

const pem = (name: string): string => fileURLToPath(new URL(`tls/${name}.pem`, import.meta.url));
const node = (name: string, fields: object = {}) => ({
  kind: 'snippet',
  name,
  language: 'json',
  code: '{}',
  ...fields,
});
const typed = (name: string, request: string, response = request) =>
  node(name, { proto: 'types.proto', types: { in: { request, response } } });
const types = `syntax = "proto3"; package t;
message Order { string id = 1; int32 count = 2; Lines lines = 3; }
message Lines { repeated Line all = 1; }
message Line { string sku = 1; }
message Longer { string id = 1; int32 count = 2; Lines lines = 3; string note = 4; }
message Shorter { string id = 1; Lines lines = 3; }
message Other { string id = 1; int32 count = 2; OtherLines lines = 3; }
message OtherLines { repeated OtherLine all = 1; }
message OtherLine { int32 sku = 1; }
message Renamed { string id = 1; int32 count = 2 [json_name = "amount"]; Lines lines = 3; }
`;
let dir: string;
const open: AsyncDisposable[] = [];

beforeAll(async () => {
  dir = await folderOf({ 'types.proto': types });
});
afterAll(async () => {
  for (const each of open) await each[Symbol.asyncDispose]();
  await rm(dir, { recursive: true });
});

/** A server with the graph that runs, and its address. */
async function serveGraph(nodes: readonly object[], options: ListenOptions = {}): Promise<string> {
  const server = createServer({ logger: silentLogger }).add(reflection());
  const { specs, problems } = readSpecs(nodes);
  const graph = await createGraph({ specs, problems, server, baseDir: dir, logger: silentLogger });
  // The tests run at the same time, so none of them may close another's.
  open.push(server, graph);
  return (await server.listen('127.0.0.1:0', options)).address;
}

/** What `check --against` says of the next version. */
async function checkAgainst(host: string, nodes: readonly object[], args: readonly string[] = []) {
  const file = await folderOf({ 'next.json': JSON.stringify(nodes), 'types.proto': types });
  return await flowrpc(['check', join(file, 'next.json'), '--against', host, ...args]);
}

const lines = (text: string): string[] => text.trimEnd().split('\n');

test.concurrent('check --against finds nothing wrong with the same graph, and with additions', async () => {
  const host = await serveGraph([node('greet'), typed('order', 't.Order')]);

  const same = await checkAgainst(host, [node('greet'), typed('order', 't.Order')]);
  const more = await checkAgainst(host, [node('greet'), typed('order', 't.Longer'), node('new')]);

  expect(same).toEqual({ code: 0, stdout: 'ok: 2 nodes, 0 warnings\n', stderr: '' });
  expect(more).toEqual({ code: 0, stdout: 'ok: 3 nodes, 0 warnings\n', stderr: '' });
});

test.concurrent('check --against reports nodes and ports that would be gone, each with its node', async () => {
  const branches = (count: number) =>
    Array.from({ length: count }, (_, i) => ({
      ...node(`to${i}`),
      ports: { out: [{ name: 'all', port: `in[${i}]` }] },
    }));
  const merge = { kind: 'merge', name: 'all' };
  const host = await serveGraph([node('greet'), ...branches(3), merge]);

  const { code, stdout, stderr } = await checkAgainst(host, [...branches(2), node('to2'), merge]);

  expect(lines(stderr)).toEqual([
    expect.stringMatching(
      /next\.json:1:\d+: error: Node "default\.all" would break callers at 127\.0\.0\.1:\d+: In2 and In2Stream would be gone$/,
    ),
    expect.stringMatching(/^error: Node "default\.greet" would break callers at 127\.0\.0\.1:\d+: it would be gone$/),
  ]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
});

test.concurrent('check --against compares types in the direction in which they travel, and shows the field', async () => {
  const host = await serveGraph(
    ['ok', 'request', 'response', 'deep', 'name', 'value'].map((name) => typed(name, 't.Order')),
  );

  const { code, stderr } = await checkAgainst(host, [
    typed('ok', 't.Longer', 't.Longer'),
    typed('request', 't.Shorter', 't.Order'),
    typed('response', 't.Order', 't.Shorter'),
    typed('deep', 't.Other', 't.Order'),
    typed('name', 't.Renamed', 't.Order'),
    node('value'),
  ]);

  const found = Object.fromEntries(
    lines(stderr).map((line) => [/"default\.(\w+)"/.exec(line)![1], line.replace(/^.*?127\.0\.0\.1:\d+: /, '')]),
  );
  expect(found).toEqual({
    request: 'requests of In would not be read as they are sent now: t.Shorter has no field 2 ("count" of t.Order)',
    response: 'responses of In would not be what callers read now: t.Shorter has no field 2 ("count" of t.Order)',
    deep: 'requests of In would not be read as they are sent now: field 1 is "string sku" in t.Line and "int32 sku" in t.OtherLine, at "lines.all[*].sku"',
    name: 'requests of In would not be read as they are sent now: field 2 is "int32 count" in t.Order and "int32 count" in t.Renamed: JSON calls it "count" and "amount"',
    value: 'responses of In would not be what callers read now: google.protobuf.Value is not t.Order',
  });
  expect(lines(stderr)).toHaveLength(6);
  expect(code).toBe(1);
});

test.concurrent('check --against --json has the same problems for machines', async () => {
  const host = await serveGraph([node('greet')]);

  const { code, stdout, stderr } = await checkAgainst(host, [node('other')], ['--json']);

  expect(JSON.parse(stdout)).toEqual({
    ok: false,
    nodes: 1,
    problems: [{ severity: 'error', node: 'default.greet', message: expect.stringContaining('it would be gone') }],
  });
  expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
});

test.concurrent('check --against reaches a TLS server, and leaves services that are no nodes alone', async () => {
  const host = await serveGraph([node('greet')], {
    tls: { certFile: pem('library-cert'), keyFile: pem('library-key') },
  });

  const right = await checkAgainst(
    host,
    [node('greet')],
    ['--ca', pem('library-cert'), '--server-name', 'library.test'],
  );
  const plain = await checkAgainst(host, [node('greet')]);

  expect(right).toMatchObject({ code: 0, stderr: '' });
  expect(plain).toMatchObject({ code: 1, stdout: '' });
  expect(plain.stderr).toMatch(/^error: /);
});

test.concurrent('check --against says first what is wrong with the graph itself', async () => {
  const { code, stderr } = await checkAgainst('127.0.0.1:1', [{ kind: 'snipet', name: 'a' }]);

  expect(lines(stderr)).toEqual([expect.stringContaining('did you mean "snippet"?')]);
  expect(code).toBe(1);
});
