import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Code, type StatusError } from 'flowrpc';
import { createKinds } from 'flowrpc/nodes';
import { testNode } from 'flowrpc/testing';
import { describe, expect, onTestFinished, test } from 'vitest';
import { proxy } from '../../examples/20-proxy/proxy.ts';
import { runRuntime, statuses } from './run-runtime.ts';

async function backend(name: string, delayMs = 0): Promise<string> {
  const server = createServer((request, response) => {
    setTimeout(() => response.end(`${name} ${request.method} ${request.url}`), delayMs);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('the proxy of the guide', () => {
  test('is a kind that can be registered once, and taken away again (#53)', async () => {
    const kinds = createKinds(proxy);
    const { runtime, specs } = await runRuntime(undefined, { kinds });
    await specs.put({ kind: 'proxy', name: 'proxy', urls: [await backend('one')] });
    await runtime.load();
    expect(statuses(runtime)).toEqual({ 'default.proxy': 'active' });

    expect(() => createKinds(proxy, proxy)).toThrow('Cannot register kind "proxy": there is one already');
    expect(kinds.delete('proxy')).toBe(true);
    await runtime.load();

    expect(runtime.problems.map(({ message }) => message).join()).toContain('unknown kind "proxy"');
    const fresh = await runRuntime(undefined, { kinds, specs });
    await fresh.runtime.load();
    expect(statuses(fresh.runtime)['default.proxy']).toContain('unknown kind "proxy"');
  });

  test('takes turns with its urls, tested as one node (#53, #101)', async () => {
    await using node = await testNode(proxy, { urls: [await backend('one'), await backend('two')] });

    expect(await node.send({ path: '/a' })).toEqual({ status: 200, body: 'one GET /a' });
    expect(await node.send({ method: 'POST', path: '/b', body: 'x' })).toEqual({ status: 200, body: 'two POST /b' });
    expect(await node.send({})).toEqual({ status: 200, body: 'one GET /' });
  });

  test('refuses fields that its schema refuses, saying which (#53)', async () => {
    await expect(testNode(proxy, { urls: [] })).rejects.toThrow('urls');
    await expect(testNode(proxy, { urls: ['not a url'] })).rejects.toThrow('urls[0]');
    await expect(testNode(proxy, { urls: ['http://a/'], url: 1 })).rejects.toThrow('unknown field "url"');
  });

  test('gives up its request when the time of the call is up (#53)', async () => {
    await using node = await testNode(proxy, { urls: [await backend('slow', 60_000)] });

    const error = await node.send({}, { timeoutMs: 50 }).catch((thrown: unknown) => thrown);

    expect((error as StatusError).code).toBe(Code.DEADLINE_EXCEEDED);
  });
});
