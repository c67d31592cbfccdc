import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createServer, except, silentLogger } from 'flowrpc';
import { createGraph, parseSpecs } from 'flowrpc/graph';
import { auth, bearer } from 'flowrpc/interceptors';
import { reflection } from 'flowrpc/services';
import { expect, test } from 'vitest';
import { nodeClient, serveBy } from './configured-serve.ts';
import { folderOf } from './serving.ts';

const nodes = '- { kind: snippet, name: back, language: text, code: HELLO }';

test('serve: bearerToken on edges follows a token file that is replaced while it runs', async () => {
  const seen: (string | undefined)[] = [];
  let good = 'token-1';
  const guard = auth((call) => {
    seen.push(bearer(call));
    return bearer(call) === good;
  });
  const open = except({ service: 'grpc.reflection.v1.ServerReflection' }, guard);
  await using server = createServer({ interceptors: [open], logger: silentLogger }).add(reflection());
  await using _graph = await createGraph({ ...parseSpecs(nodes), server, logger: silentLogger });
  const { address } = await server.listen('127.0.0.1:0');
  const front = `- { kind: snippet, name: front, language: text, code: x, ports: { out: [{ target: "${address}", name: default.back, port: In }] } }`;
  const dir = await folderOf({ 'graph.yaml': front, token: 'token-1\n' });
  const config =
    'listen: 127.0.0.1:0\ninterceptors: { edges: [{ bearerToken: { token: { file: token }, reloadMs: 1h } }] }\n';
  const serving = await serveBy(dir, config);
  const call = await nodeClient(serving.address, front);

  expect(await call('default.front', 'x')).toBe('HELLO');
  await writeFile(join(dir, 'token'), 'token-2\n');
  good = 'token-2';

  expect(await call('default.front', 'x')).toBe('HELLO');
  expect(seen).toEqual(['token-1', 'token-1', 'token-2']);
  expect(serving.stderr()).not.toContain('token-');
});
