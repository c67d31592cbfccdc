import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Server } from 'flowrpc';
import { health } from 'flowrpc/services';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { flowrpc, nodeArgs } from './flowrpc.ts';
import { serveLibrary } from './library.ts';

const state = health();
let host: string;
let server: Server;

beforeAll(async () => {
  state.set('library.Attic', 'NOT_SERVING');
  ({ host, server } = await serveLibrary({ modules: [state] }));
});

afterAll(() => server.close({ graceMs: 0 }));

test.concurrent('health succeeds when the server, or a service, is SERVING', async () => {
  const [whole, one] = await Promise.all([
    flowrpc(['health', host]),
    flowrpc(['health', host, 'library.Library', '--json']),
  ]);

  expect(whole).toEqual({ code: 0, stdout: 'SERVING\n', stderr: '' });
  expect(one).toEqual({ code: 0, stdout: '{"service":"library.Library","status":"SERVING"}\n', stderr: '' });
});

test.concurrent('health fails when a service is NOT_SERVING, unknown, or nobody answers', async () => {
  const [sick, unknown, nobody] = await Promise.all([
    flowrpc(['health', host, 'library.Attic']),
    flowrpc(['health', host, 'library.Cellar']),
    flowrpc(['health', '127.0.0.1:1']),
  ]);

  expect(sick).toEqual({ code: 1, stdout: 'NOT_SERVING\n', stderr: '' });
  expect(unknown.stderr).toMatch(/^error: NOT_FOUND: .*"library\.Cellar".*\n$/);
  expect(nobody.stderr).toMatch(/^error: UNAVAILABLE: .*\n$/);
  expect([unknown.code, nobody.code]).toEqual([1, 1]);
});

test.concurrent('health --watch prints each change until it is interrupted', async () => {
  const child = spawn(process.execPath, [...nodeArgs, 'health', host, 'library.New', '--watch']);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();

  const first = await lines.next();
  state.set('library.New', 'SERVING');
  const second = await lines.next();
  child.kill('SIGINT');
  const [code] = await once(child, 'close');

  expect([first.value, second.value, code]).toEqual(['SERVICE_UNKNOWN', 'SERVING', 130]);
});

test.concurrent('health --watch fails when the server goes', async () => {
  const going = await serveLibrary({ modules: [health()] });
  const child = spawn(process.execPath, [...nodeArgs, 'health', going.host, '--watch']);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();

  const first = await lines.next();
  const [[code]] = await Promise.all([once(child, 'close'), going.server.close({ graceMs: 0 })]);

  expect([first.value, code]).toEqual(['SERVING', 1]);
});
