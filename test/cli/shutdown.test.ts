import { once } from 'node:events';
import { createConnection, createServer as createTcp } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'flowrpc';
import { afterAll, expect, onTestFinished, test, vi } from 'vitest';
import { Health } from '../../src/wire/gen/grpc/health/v1/health.ts';
import { nodeClient } from './configured-serve.ts';
import { flowrpc } from './flowrpc.ts';
import { folderOf, type Serving, startServe, stopAll } from './serving.ts';

vi.setConfig({ testTimeout: 180_000 });
afterAll(stopAll);

const graph = `- { kind: snippet, name: one, language: json, code: '{ "one": 1 }' }`;

/** A replica as a client sees it that watches its health, and calls it while that is SERVING. */
async function watched(file: string, settle: string) {
  let serving: Serving = await startServe([file, '--settle', settle]);
  const address = serving.addresses[0]!;
  const call = await nodeClient(address, graph);
  const channel = connect(address);
  const stop = new AbortController();
  const replica = {
    ready: false,
    calls: 0,
    async call(): Promise<unknown> {
      replica.calls += 1;
      return await call('default.one', null);
    },
    /** SIGTERM, then another process at the same address. */
    async replace(): Promise<number | null> {
      serving.child.kill('SIGTERM');
      const { code } = await serving.ended;
      serving = await startServe([file, '--settle', settle, '--listen', address]);
      return code;
    },
  };
  const watching = (async () => {
    while (!stop.signal.aborted) {
      try {
        const watch = channel.client(Health).watch({ service: '' }, { signal: stop.signal, waitForReady: true });
        for await (const { status } of watch) replica.ready = status === 'SERVING';
      } catch {
        // It has gone, and comes back.
      }
      replica.ready = false;
      await sleep(50);
    }
  })();
  onTestFinished(async () => {
    stop.abort();
    await watching;
    await channel.close();
    serving.child.kill('SIGKILL');
  });
  return replica;
}

test('two replicas are replaced in turn under load: clients that watch health lose no call, and try none again', async () => {
  const file = join(await folderOf({ 'graph.yaml': graph }), 'graph.yaml');
  const replicas = await Promise.all([watched(file, '3s'), watched(file, '3s')]);
  await expect.poll(() => replicas.every(({ ready }) => ready), { timeout: 60_000 }).toBe(true);
  const failures: string[] = [];
  let made = 0;
  let over = false;
  const workers = Array.from({ length: 10 }, async () => {
    while (!over) {
      const ready = replicas.filter((replica) => replica.ready);
      const replica = ready[made++ % ready.length];
      if (replica === undefined) failures.push('none is ready');
      await replica?.call().catch((error: unknown) => failures.push(String(error)));
      await sleep(2);
    }
  });

  const codes: (number | null)[] = [];
  for (const replica of replicas) {
    await sleep(300);
    codes.push(await replica.replace());
    await expect.poll(() => replica.ready, { timeout: 60_000 }).toBe(true);
    const before = replica.calls;
    await expect.poll(() => replica.calls).toBeGreaterThan(before + 20);
  }
  over = true;
  await Promise.all(workers);

  expect(failures).toEqual([]);
  expect(codes).toEqual([0, 0]);
  expect(made).toBeGreaterThan(500);
});

test('while calls under way have their grace, listeners of the graph take nothing new, and what they have ends well', async () => {
  const port = await freePort();
  const dir = await folderOf({
    'graph.yaml': `
- { kind: listener, name: listener, protocol: http, port: ${port}, ports: { out: [{ name: wait, port: in }] } }
- { kind: snippet, name: wait, language: javascript, module: ./wait.mjs }
`,
    'wait.mjs': `export default (packet) => {
  process.stderr.write('waiting\\n');
  return new Promise((resolve) => setTimeout(resolve, 8_000, 'waited'));
};`,
  });
  const { child, addresses, ended } = await startServe([join(dir, 'graph.yaml'), '--settle', '500ms']);
  const call = flowrpc(['call', addresses[0]!, 'default.wait/In', '-d', '1', '--json']);
  const request = fetch(`http://127.0.0.1:${port}/`);
  let said = '';
  child.stderr!.on('data', (text: string) => (said += text));
  await expect.poll(() => said.match(/waiting/g)?.length, { timeout: 60_000 }).toBe(2);

  child.kill('SIGTERM');
  const refused = (async () => {
    while (await accepts(port)) await sleep(50);
    return 'refused';
  })();
  const first = await Promise.race([refused, call, request]);

  expect(first).toBe('refused');
  expect(await call).toMatchObject({ code: 0, stdout: '"waited"\n' });
  expect((await request).status).toBe(200);
  expect((await ended).code).toBe(0);
});

async function accepts(port: number): Promise<boolean> {
  const socket = createConnection({ port, host: '127.0.0.1' });
  const accepted = await once(socket, 'connect').then(
    () => true,
    () => false,
  );
  socket.destroy();
  return accepted;
}

async function freePort(): Promise<number> {
  const server = createTcp().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

test('a grace that is longer than any timer is a long one, not none', async () => {
  const dir = await folderOf({
    'graph.yaml': '- { kind: snippet, name: wait, language: javascript, module: ./wait.mjs }\n',
    'wait.mjs': `export default () => {
  process.stderr.write('waiting\\n');
  return new Promise((resolve) => setTimeout(resolve, 2_000, 'waited'));
};`,
  });
  const { child, addresses, ended } = await startServe([join(dir, 'graph.yaml'), '--settle', '0s', '--grace', '1000h']);
  const call = flowrpc(['call', addresses[0]!, 'default.wait/In', '-d', '1', '--json']);
  let said = '';
  child.stderr!.on('data', (text: string) => (said += text));
  await expect.poll(() => said, { timeout: 60_000 }).toContain('waiting');

  child.kill('SIGTERM');

  expect(await call).toMatchObject({ code: 0, stdout: '"waited"\n' });
  expect((await ended).code).toBe(0);
});
