import { once } from 'node:events';
import { connect as connectHttp2, type Settings } from 'node:http2';
import { setTimeout as sleep } from 'node:timers/promises';
import * as grpc from '@grpc/grpc-js';
import { Code, connect, createServer, inProcess, StatusError, silentLogger } from 'flowrpc';
import { type RetryOptions, retry } from 'flowrpc/interceptors';
import { expect, test } from 'vitest';
import { toGrpcOptions } from '../../src/transport/grpc/channel-options.ts';
import { listenerSettings } from '../../src/transport/grpc/listener-options.ts';
import { frameType, grpcFrame, HttpPeer, RawPeer } from '../hostile/raw-http2.ts';
import { clientStreamPath, openTarget, unaryPath } from '../hostile/target.ts';
import { ProbeService } from '../suites/probe-service.ts';

/* The defaults of RELIABILITY.md 0.1 that belong to transports, and of retry(). Sizes of messages, metadata and statuses: hostile/. */

async function settingsOf(port: number): Promise<Settings> {
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  const [settings] = (await once(session, 'remoteSettings')) as [Settings];
  session.destroy();
  return settings;
}

test('a server says 100 streams, 32 KiB of headers, and a window that is not stuck at 65,535', async () => {
  await using target = await openTarget();

  const settings = await settingsOf(target.port);

  expect(settings).toMatchObject({
    maxConcurrentStreams: 100,
    maxHeaderListSize: 32_768,
    initialWindowSize: 262_144,
    enablePush: false,
  });
});

test('a server closes idle, old and dead connections by default', () => {
  expect(listenerSettings({})).toMatchObject({
    maxSessionMemoryMb: 10,
    maxReceivingBytes: 64 * 1024 * 1024,
    maxHeaderPairs: 64,
    maxHeaderBytes: 8_192,
    receiveTimeoutMs: 30_000,
    idleMs: 300_000,
    ageMs: 1_800_000,
    ageGraceMs: 30_000,
    keepalive: { timeMs: 30_000, timeoutMs: 10_000 },
  });
});

test('a client uses no proxy, no TXT record and no channelz, receives 1 MiB, and pings only when asked', () => {
  const options = toGrpcOptions({});

  expect(options).toMatchObject({
    'grpc.enable_http_proxy': 0,
    'grpc.service_config_disable_resolution': 1,
    'grpc.enable_channelz': 0,
    'grpc.max_receive_message_length': 1_048_576,
    'grpc.per_rpc_retry_buffer_size': 262_144,
  });
  expect(options).not.toHaveProperty(['grpc.keepalive_time_ms']);
});

test('channelz holds nothing of our servers and channels', async () => {
  await using target = await openTarget();
  await target.survives();
  const { GetServers, GetTopChannels } = grpc.getChannelzHandlers() as unknown as Record<
    string,
    (call: object, callback: (error: null, reply: Record<string, unknown[]>) => void) => void
  >;
  const ask = (handler: typeof GetServers): Promise<Record<string, unknown[]>> =>
    new Promise((resolve) =>
      handler!({ request: { start_server_id: '0', start_channel_id: '0', max_results: '10' } }, (_error, reply) =>
        resolve(reply),
      ),
    );

  expect((await ask(GetServers)).server).toEqual([]);
  expect((await ask(GetTopChannels)).channel).toEqual([]);
});

test('a peer that answers no ping is cut off', async () => {
  await using target = await openTarget({}, { connection: { keepalive: { timeMs: 50, timeoutMs: 50 } } });
  await using peer = await RawPeer.open(target.port);

  await peer.closed();

  expect(peer.received).toContain(frameType.ping);
  expect(await target.survives()).toBe(true);
});

test('an old connection is asked to go; calls under way end well', async () => {
  await using target = await openTarget(
    {
      unary: async ({ text, n }) => {
        await sleep(300);
        return { text, n };
      },
    },
    { connection: { ageMs: 100, ageGraceMs: 5_000 } },
  );
  await using peer = await RawPeer.open(target.port);
  await using http = new HttpPeer(target.port);

  const reply = await http.call(unaryPath, { body: [grpcFrame('{"text":"a","n":1}')] });
  await peer.closed();

  expect(reply.code).toBe(Code.OK);
  expect(peer.received).toContain(frameType.goaway);
});

test('bytes being received are bounded for the whole process', async () => {
  await using target = await openTarget(
    {
      clientStream: async (requests) => {
        await sleep(300);
        for await (const _ of requests);
        return { text: '', n: 0 };
      },
    },
    { connection: { maxReceivingBytes: 100_000 } },
  );
  await using peer = new HttpPeer(target.port);
  const half = grpcFrame(JSON.stringify({ text: 'x'.repeat(60_000), n: 1 }));

  const replies = await Promise.all(Array.from({ length: 3 }, () => peer.call(clientStreamPath, { body: [half] })));

  expect(replies.filter(({ code }) => code === Code.RESOURCE_EXHAUSTED).length).toBeGreaterThan(0);
  expect(replies.filter(({ code }) => code === Code.OK).length).toBeGreaterThan(0);
  expect(await target.survives()).toBe(true);
});

test('retry() tries three times with a pause of its own, adds a tenth to a storm, and stops while most calls fail', async () => {
  let attempts = 0;
  const server = createServer({ logger: silentLogger }).add(ProbeService, {
    unary: () => {
      attempts += 1;
      throw new StatusError(Code.UNAVAILABLE, 'Not now');
    },
  });
  const opened = async (options: RetryOptions) => {
    const channel = connect(inProcess(server), {
      interceptors: [retry({ nonIdempotent: true, baseDelayMs: 1, ...options })],
    });
    const { unary } = channel.client(ProbeService);
    return (calls: number) => Promise.all(Array.from({ length: calls }, () => unary({ text: '', n: 0 }).status));
  };

  await (await opened({}))(1);
  expect(attempts).toBe(3);

  attempts = 0;
  await (await opened({ throttle: false }))(200);
  expect(attempts).toBe(220);

  attempts = 0;
  await (await opened({ budget: false }))(100);
  expect(attempts).toBe(104);
});
