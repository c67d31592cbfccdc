import { once } from 'node:events';
import { type AddressInfo, createServer as createTcp } from 'node:net';
import { Code, connect, createServer, type Server, silentLogger } from 'flowrpc';
import { retry } from 'flowrpc/interceptors';
import { describe, expect, test } from 'vitest';
import { echo, ProbeService } from '../suites/probe-service.ts';

async function replica(): Promise<{ server: Server; address: string; served(): number }> {
  let served = 0;
  const server = createServer({ logger: silentLogger }).add(ProbeService, {
    ...echo,
    unary: (request) => {
      served += 1;
      return request;
    },
  });
  const { address } = await server.listen('127.0.0.1:0');
  return { server, address, served: () => served };
}

async function deadAddress(): Promise<string> {
  const server = createTcp().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return `127.0.0.1:${port}`;
}

describe.each(['pick_first', 'round_robin'] as const)('addresses with %s', (loadBalancing) => {
  test('C-09 one that is dead costs no call, wherever it stands in the list', async () => {
    const live = await replica();
    const dead = await deadAddress();

    for (const addresses of [`${dead},${live.address}`, `${live.address},${dead}`]) {
      await using channel = connect(`ipv4:${addresses}`, { serviceConfig: { loadBalancing } });
      const client = channel.client(ProbeService);
      for (let n = 0; n < 50; n++) expect((await client.unary({ text: '', n }, { waitForReady: true })).n).toBe(n);
    }

    await live.server.close({ graceMs: 0 });
    expect(live.served()).toBe(100);
  });

  test('L-04 calls made while a replica drains are answered by the other, and nobody notices', async () => {
    const replicas = await Promise.all([replica(), replica()]);
    await using channel = connect(`ipv4:${replicas.map(({ address }) => address).join()}`, {
      serviceConfig: { loadBalancing },
      interceptors: [retry()],
    });
    const client = channel.client(ProbeService);
    const codes: Code[] = [];
    let closing: Promise<unknown> | undefined;

    for (let round = 0; round < 60; round++) {
      const calls = Array.from({ length: 10 }, (_, n) => client.unary({ text: '', n }, { timeoutMs: 10_000 }).status);
      if (round === 20) closing = replicas[0]!.server.close({ graceMs: 5_000 });
      codes.push(...(await Promise.all(calls)).map(({ code }) => code));
    }
    await closing;
    await replicas[1]!.server.close({ graceMs: 0 });

    expect(codes.filter((code) => code !== Code.OK)).toEqual([]);
    expect(replicas[1]!.served()).toBeGreaterThan(300);
  });
});
