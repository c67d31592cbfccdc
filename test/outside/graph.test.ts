import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Code } from 'flowrpc';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { grpcurl } from './grpcurl.ts';

// Two records of the file, as they enter and as the foreign service fills them in.
const longyearbyen = { name: 'Longyearbyen', country: 'NO', lat: 78.2232, lon: 15.6469, population: 2400 };
const tokyo = { name: 'Tokyo', country: 'JP', lat: 35.6895, lon: 139.6917, population: 37_115_000 };
const locatedTown = { ...longyearbyen, distanceKm: 3040, hemisphere: 'northern' };
const locatedMetropolis = { ...tokyo, distanceKm: 9557, hemisphere: 'northern' };

let graph: ChildProcess;
let output = '';
let front: string;
let back: string;

async function reply(address: string, method: string, request: unknown): Promise<unknown> {
  const { code, stdout, stderr } = await grpcurl('-d', JSON.stringify(request), address, method);
  expect({ method, code, stderr }).toEqual({ method, code: 0, stderr: '' });
  return JSON.parse(stdout);
}

/** The JSON documents that grpcurl prints one after another, each ending at a line that closes it. */
const documents = (text: string): unknown[] =>
  text
    .split(/(?<=^\})\n/m)
    .filter(Boolean)
    .map((part) => JSON.parse(part));

beforeAll(async () => {
  graph = spawn(
    process.execPath,
    ['--import', 'tsx', '--conditions=@flowrpc/source', 'examples/start/main.ts', '--any-port'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  await new Promise<void>((resolve, reject) => {
    graph.once('exit', (code) => reject(new Error(`The example graph ended with ${code} before it was ready`)));
    graph.stdout!.setEncoding('utf8').on('data', (chunk) => {
      output += chunk;
      if (output.includes('Ctrl-C ends it')) resolve();
    });
  });
  const addresses = /this process: (\S+) · second process: (\S+)/.exec(output)!;
  [front, back] = [addresses[1]!, addresses[2]!];
});

afterAll(async () => {
  if (graph.exitCode !== null) return;
  graph.kill('SIGINT');
  await once(graph, 'exit');
});

/** What the linked graph answered for the record of that name: the program printed it. */
function linked(name: string): object {
  const text = output.split('\n').find((line) => line.startsWith(`${name}:`));
  return { name, text };
}

const values = ['.google.protobuf.Value', '.google.protobuf.Value'];
const nodes: { node: string; at: () => string; request: { name: string }; types?: string[] }[] = [
  { node: 'intake', at: () => front, request: longyearbyen },
  { node: 'locate', at: () => front, request: longyearbyen },
  { node: 'size', at: () => front, request: locatedTown },
  { node: 'town', at: () => back, request: locatedTown },
  { node: 'metropolis', at: () => back, request: locatedMetropolis },
];

test('grpcurl lists every node of both processes', async () => {
  const lists = await Promise.all([front, back].map((address) => grpcurl(address, 'list')));

  const listed = lists.map(({ stdout }) => stdout.split('\n').filter((name) => name.startsWith('default.')));
  expect(listed).toEqual([
    ['default.intake', 'default.locate', 'default.size'],
    ['default.metropolis', 'default.town'],
  ]);
});

describe.each(nodes)('the node $node', ({ node, at, request, types = values }) => {
  const service = `default.${node}`;

  test('is described by grpcurl with its methods and types', async () => {
    const described = await grpcurl(at(), 'describe', service);
    const method = await grpcurl(at(), 'describe', `${service}.InStream`);

    expect(described.stdout).toContain(`service ${node} {`);
    expect(described.stdout).toContain(`rpc In ( ${types[0]} ) returns ( ${types[1]} )`);
    expect(method.stdout).toContain(`rpc InStream ( stream ${types[0]} ) returns ( stream ${types[1]} )`);
  });

  test('answers In called alone as when it is linked', async () => {
    const alone = await reply(at(), `${service}/In`, request);

    expect(alone).toEqual(linked(request.name));
  });

  test('answers each message of InStream as when it is linked', async () => {
    const two = `${JSON.stringify(request)}\n${JSON.stringify(request)}`;

    const { code, stdout } = await grpcurl('-d', two, at(), `${service}/InStream`);

    expect(code).toBe(0);
    expect(documents(stdout)).toEqual([linked(request.name), linked(request.name)]);
  });

  test('is SERVING', async () => {
    const health = await reply(at(), 'grpc.health.v1.Health/Check', { service });

    expect(health).toEqual({ status: 'SERVING' });
  });
});

test('grpcurl shows an error of a node with its details', async () => {
  const nameless = { ...tokyo, name: '' };

  const { code, stderr } = await grpcurl('-format-error', '-d', JSON.stringify(nameless), front, 'default.intake/In');

  expect(code).toBe(64 + Code.INVALID_ARGUMENT);
  expect(stderr).toContain('A city needs a name');
  expect(stderr).toContain('"@type": "type.googleapis.com/google.rpc.ErrorInfo"');
  expect(stderr).toContain('"domain": "flowrpc"');
  expect(stderr).toContain('"node": "default.intake"');
});

test('grpcurl shows an error of the foreign service, come back through two nodes, with the node that met it', async () => {
  const nowhere = { ...tokyo, lat: 123.4 };

  const { code, stderr } = await grpcurl('-format-error', '-d', JSON.stringify(nowhere), front, 'default.intake/In');

  expect(code).toBe(64 + Code.OUT_OF_RANGE);
  expect(stderr).toContain('off the map: latitude 123.4');
  expect(stderr).toContain('"domain": "flowrpc"');
  expect(stderr).toContain('"node": "default.locate"');
});
