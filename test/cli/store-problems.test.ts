import { mkdir, mkdtemp, rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'flowrpc';
import { afterAll, expect, test } from 'vitest';
import { Health } from '../../src/wire/gen/grpc/health/v1/health.ts';
import { flowrpc } from './flowrpc.ts';
import { startServe, stopAll } from './serving.ts';

afterAll(() => stopAll());

const poll = { timeout: 10_000, interval: 20 };

test('what is wrong with a store: get problems and health of flowrpc.stores say so, the server stays SERVING, until it is mended (ST-02, ST-06)', {
  timeout: 60_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'flowrpc-store-'));
  const [specs, away, broken] = [join(folder, 'specs'), join(folder, 'away'), join(folder, 'specs', 'b.yaml')];
  await mkdir(specs);
  await writeFile(join(specs, 'a.yaml'), 'kind: snippet\nname: a\nlanguage: text\ncode: x\n');
  const { addresses, child, ended } = await startServe(['--store', folder]);
  const host = addresses[0]!;
  await using channel = connect(host);
  const client = channel.client(Health);
  const health = async (service: string) => (await client.check({ service })).status;
  const get = async (...args: string[]) => (await flowrpc(['get', 'problems', ...args, '--host', host])).stdout;

  expect([await health('flowrpc.stores'), await health('')]).toEqual(['SERVING', 'SERVING']);
  await rename(specs, away);
  await expect.poll(() => health('flowrpc.stores'), poll).toBe('NOT_SERVING');
  expect([await health(''), await health('default.a')]).toEqual(['SERVING', 'SERVING']);
  expect(await get()).toMatch(/^SEVERITY +NODE +WHERE +PROBLEM\nerror +- +- +Cannot read store directory ".*": ENOENT/);
  // A spec that cannot run is no problem of the store.
  await writeFile(join(away, 'b.yaml'), 'kind: snipet\nname: b\n');
  await rename(away, specs);
  await expect.poll(() => health('flowrpc.stores'), poll).toBe('SERVING');
  expect(JSON.parse(await get('default.b', '--json'))).toMatchObject([
    { severity: 'error', node: 'default.b', file: broken, line: 1, suggestion: 'did you mean "snippet"?' },
  ]);
  await writeFile(broken, 'kind: [snippet\n');
  await expect.poll(() => health('flowrpc.stores'), poll).toBe('NOT_SERVING');

  child.kill('SIGTERM');
  expect((await ended).code).toBe(0);
});
