import { once } from 'node:events';
import { type AddressInfo, connect as connectTcp, createServer as createTcp, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Code, createServer, type StatusError, silentLogger } from 'flowrpc';
import { defineKind, relay } from 'flowrpc/nodes';
import { reflection } from 'flowrpc/services';
import { expect, onTestFinished, test } from 'vitest';
import { runGraph } from './run-graph.ts';

/** Stands before an address; what goes through it can be cut. */
async function cuttable(port: number): Promise<{ address: string; cut(): void }> {
  const sockets = new Set<Socket>();
  const proxy = createTcp((socket) => {
    const onward = connectTcp(port, '127.0.0.1');
    for (const one of [socket, onward]) sockets.add(one.on('error', () => {}).on('close', () => sockets.delete(one)));
    socket.pipe(onward).pipe(socket);
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  onTestFinished(() => {
    cut();
    proxy.close();
  });
  return { address: `127.0.0.1:${(proxy.address() as AddressInfo).port}`, cut };
}

test('P-02 a packet that waits to be sent again after its connection was lost waits no longer than its edge may take', async () => {
  let came = 0;
  const hangs = defineKind({
    kind: 'hangs',
    setup: () => ({
      process: (_, { signal }) => {
        came += 1;
        return new Promise((resolve) => signal.addEventListener('abort', () => resolve(null), { once: true }));
      },
    }),
  });
  const server = createServer({ logger: silentLogger }).add(reflection());
  const { port } = await server.listen('127.0.0.1:0');
  onTestFinished(() => server.close({ graceMs: 0 }).then(() => {}));
  await runGraph([{ kind: 'hangs', name: 'b' }], [hangs], { server });
  const there = await cuttable(port);
  const policy = { idempotent: true, timeout: '4s', retry: { attempts: 5, delay: '1ms' } };
  const out = [{ target: there.address, name: 'default.b', port: 'in', ...policy }];
  const sends = defineKind({ kind: 'sends', setup: () => relay() });
  const graph = await runGraph([{ kind: 'sends', name: 'a', ports: { out } }], [sends]);
  const ended: string[] = [];
  const send = (name: string) =>
    graph.call('a', name).catch((error: StatusError) => {
      ended.push(name);
      return error.code;
    });

  const calls = [send('first'), send('waits')];
  await expect.poll(() => came, { timeout: 10_000 }).toBe(2);
  await sleep(1_500);
  calls.push(send('younger'));
  await expect.poll(() => came, { timeout: 10_000 }).toBe(3);
  await sleep(2_000);
  there.cut();
  const codes = await Promise.all(calls);

  expect(codes).toEqual(calls.map(() => Code.DEADLINE_EXCEEDED));
  expect(ended.at(-1)).toBe('younger');
}, 30_000);
