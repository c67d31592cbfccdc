import { type Channel, connect, createServer, type Server, silentLogger } from 'flowrpc';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { authority } from '../transport/grpc/certificates.ts';
import { cases, runCase } from './grpc/cases.ts';
import { handlers } from './grpc/handlers.ts';
import { TestService } from './grpc/service.ts';
import { channelSoak, rpcSoak } from './grpc/soak.ts';

describe.each(['h2c', 'TLS'])('interoperability cases, our client and our server over %s', (security) => {
  let server: Server;
  let channel: Channel;
  let target: string;
  let options: Parameters<typeof connect>[1];

  beforeAll(async () => {
    const ca = await authority();
    const own = await ca.issue({ name: 'localhost', alternatives: [{ type: 'dns', value: 'localhost' }] });
    server = createServer({ logger: silentLogger }).add(TestService, handlers);
    const { port } = await server.listen('127.0.0.1:0', security === 'TLS' ? { tls: own } : {});
    target = `127.0.0.1:${port}`;
    options = security === 'TLS' ? { tls: { ca: ca.cert, serverName: 'localhost' } } : {};
    channel = connect(target, options);
  });
  afterAll(async () => {
    await channel.close();
    await server.close({ graceMs: 0 });
  });

  test.each(Object.keys(cases))('%s', async (name) => {
    await runCase(name, channel);
  });

  test('rpc_soak and channel_soak lose no call of 40', async () => {
    const soak = { target, options: options ?? {}, iterations: 40, workers: 4, maxLatencyMs: 15_000 };

    expect(await rpcSoak(soak)).toBeGreaterThan(0);
    expect(await channelSoak(soak)).toBeGreaterThan(0);
  });
});
