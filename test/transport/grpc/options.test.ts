import { readFileSync } from 'node:fs';
import { Code, type ConnectOptions, connect, createServer, type ServerOptions, silentLogger } from 'flowrpc';
import { expect, test } from 'vitest';
import { openHostile, replyStatus } from '../../hostile/hostile-server.ts';
import { openTarget, unaryPath } from '../../hostile/target.ts';
import { echo, ProbeService } from '../../suites/probe-service.ts';

test.each([
  [{ keepAlive: { timeMs: 1 } }, 'did you mean "keepalive"?'],
  [{ 'grpc.keepalive_time_ms': 1 }, 'it is unknown'],
  [{ keepalive: { timeMS: 1 } }, 'did you mean "timeMs"?'],
  [{ reconnect: { maxBackof: 1 } }, 'maxBackof'],
  [{ connectTimeoutMs: 0 }, 'wanted a number above 0'],
  [{ maxReceiveBytes: Number.NaN }, 'wanted a number above 0'],
  [{ compression: 'zstd' }, 'wanted "identity", "gzip" or "deflate"'],
  [{ serviceConfig: { loadBalancing: 'grpclb' } }, 'wanted "pick_first" or "round_robin"'],
  [{ serviceConfig: { method: [] } }, 'did you mean "methods"?'],
  [
    {
      serviceConfig: {
        methods: [
          {
            names: [{}],
            retry: { maxAttempts: 9, initialBackoffMs: 1, maxBackoffMs: 1, backoffMultiplier: 1, codes: [14] },
          },
        ],
      },
    },
    'wanted 2 to 5',
  ],
])('connect() refuses %j', (options, why) => {
  expect(() => connect('localhost:1', options as ConnectOptions)).toThrow(why);
});

test.each([
  [{ maxConcurrentStream: 1 }, 'did you mean "maxConcurrentStreams"?'],
  [{ keepalive: { time: 1 } }, 'it is unknown'],
  [{ idleMs: -1 }, 'wanted a number above 0'],
])('createServer({ connection: %j }) is refused', (connection, why) => {
  expect(() => createServer({ connection: connection as ServerOptions['connection'] })).toThrow(why);
});

test('calls say who makes them: our name and version in front of those of grpc-js', async () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  await using hostile = await openHostile((stream) => replyStatus(stream, { 'grpc-status': '5' }), {
    userAgent: 'app/1',
  });

  await hostile.channel.client(ProbeService).unary({ text: '', n: 1 }).status;

  expect(hostile.calls[0]!['user-agent']).toMatch(new RegExp(`^app/1 flowrpc/${version} grpc-node-js/`));
});

test('authority replaces the target as :authority', async () => {
  await using hostile = await openHostile((stream) => replyStatus(stream, { 'grpc-status': '5' }), {
    authority: 'users.internal',
  });

  await hostile.channel.client(ProbeService).unary({ text: '', n: 1 }).status;

  expect(hostile.calls[0]![':authority']).toBe('users.internal');
});

test.each(['gzip', 'deflate'] as const)('compression %s works for a call, and for a channel', async (compression) => {
  const flags: number[] = [];
  await using hostile = await openHostile((stream) => {
    stream.on('data', (chunk: Buffer) => flags.push(chunk[0]!));
    stream.on('end', () => replyStatus(stream, { 'grpc-status': '5' }));
  });
  await using target = await openTarget();
  await using packed = connect(`127.0.0.1:${target.port}`, { compression });
  const text = 'x'.repeat(10_000);

  await hostile.channel.client(ProbeService).unary({ text, n: 1 }, { compression }).status;
  await hostile.channel.client(ProbeService).unary({ text, n: 1 }).status;
  const reply = await packed.client(ProbeService).unary({ text, n: 1 });
  const sum = await packed
    .client(ProbeService)
    .clientStream(Array.from({ length: 50 }, (_, n) => ({ text: String(n), n })));

  expect(flags).toEqual([1, 0]);
  expect(hostile.calls.map((headers) => headers['grpc-encoding'])).toEqual([compression, undefined]);
  expect(reply.text).toBe(text);
  expect(sum).toEqual({ text: Array.from({ length: 50 }, (_, n) => n).join(), n: 1_225 });
});

test('service config: limits, waitForReady and the most precise name hold', async () => {
  await using target = await openTarget();
  await using channel = connect(`127.0.0.1:${target.port}`, {
    serviceConfig: {
      methods: [
        { names: [{ service: 'suite.Probe' }], maxRequestBytes: 100 },
        { names: [{ service: 'suite.Probe', method: 'ServerStream' }], maxResponseBytes: 60 },
      ],
    },
  });
  const client = channel.client(ProbeService);

  const small = await client.unary({ text: 'a', n: 1 }).status;
  const large = await client.unary({ text: 'x'.repeat(100), n: 1 }).status;
  const stream = client.serverStream({ text: 'x'.repeat(100), n: 1 });
  await stream.next().catch(() => {});

  expect(small.code).toBe(Code.OK);
  expect(large).toMatchObject({
    code: Code.RESOURCE_EXHAUSTED,
    origin: 'local',
    message: expect.stringContaining('limit of 100'),
  });
  expect(await stream.status).toMatchObject({
    code: Code.RESOURCE_EXHAUSTED,
    message: expect.stringContaining('limit of 60'),
  });
});

test('service config: a retry policy repeats a call', async () => {
  await using hostile = await openHostile((stream) => replyStatus(stream, { 'grpc-status': '14' }), {
    serviceConfig: {
      methods: [
        {
          names: [{}],
          retry: {
            maxAttempts: 3,
            initialBackoffMs: 1.5,
            maxBackoffMs: 2,
            backoffMultiplier: 1,
            codes: [Code.UNAVAILABLE],
          },
        },
      ],
    },
  });

  const status = await hostile.channel.client(ProbeService).unary({ text: '', n: 1 }).status;

  expect(status.code).toBe(Code.UNAVAILABLE);
  expect(hostile.calls).toHaveLength(3);
});

test('service config: round_robin spreads calls over addresses', async () => {
  await using one = await openTarget();
  await using two = await openTarget();
  await using channel = connect(`ipv4:127.0.0.1:${one.port},127.0.0.1:${two.port}`, {
    serviceConfig: { loadBalancing: 'round_robin' },
  });
  await channel.ready({ timeoutMs: 5_000 });
  const client = channel.client(ProbeService);

  for (let n = 0; n < 20; n++) await client.unary({ text: '', n }, { waitForReady: true });

  expect(one.started.length + two.started.length).toBe(20);
  expect(Math.min(one.started.length, two.started.length)).toBeGreaterThan(0);
});

test('messages over the limits are refused on either side', async () => {
  await using target = await openTarget({ unary: ({ n }) => ({ text: 'x'.repeat(n), n: 1 }) });
  await using channel = connect(`127.0.0.1:${target.port}`, { maxReceiveBytes: 1_000, maxSendBytes: 2_000 });
  const client = channel.client(ProbeService);

  const received = await client.unary({ text: '', n: 5_000 }).status;
  const sent = await client.unary({ text: 'x'.repeat(5_000), n: 1 }).status;
  const byDefault = await target.neighbour.client(ProbeService).unary({ text: 'x'.repeat(2_000_000), n: 1 }).status;

  expect(received).toMatchObject({ code: Code.RESOURCE_EXHAUSTED, origin: 'local' });
  expect(sent).toMatchObject({ code: Code.RESOURCE_EXHAUSTED, origin: 'local' });
  expect(byDefault).toMatchObject({
    code: Code.RESOURCE_EXHAUSTED,
    origin: 'peer',
    message: expect.stringContaining('1048576'),
  });
});

test('proxy variables are ignored unless asked for', async () => {
  process.env.grpc_proxy = 'http://127.0.0.1:1';
  try {
    await using target = await openTarget();
    await using asked = connect(`127.0.0.1:${target.port}`, { proxy: true });

    const direct = await target.neighbour.client(ProbeService).unary({ text: '', n: 1 }).status;
    const proxied = await asked.client(ProbeService).unary({ text: '', n: 1 }).status;

    expect(direct.code).toBe(Code.OK);
    expect(proxied.code).toBe(Code.UNAVAILABLE);
  } finally {
    delete process.env.grpc_proxy;
  }
});

test('a unix socket carries calls; a stale one is replaced, one in use and a file are not', async () => {
  const { mkdtempSync, rmSync, writeFileSync } = await import('node:fs');
  const { spawnSync } = await import('node:child_process');
  const folder = mkdtempSync('/tmp/flowrpc-unix-');
  const stale = `${folder}/stale.sock`;
  spawnSync(process.execPath, [
    '-e',
    `require('net').createServer().listen(${JSON.stringify(stale)}, () => process.kill(process.pid, 'SIGKILL'))`,
  ]);
  writeFileSync(`${folder}/file`, 'keep me');
  await using server = createServer({ logger: silentLogger }).add(ProbeService, {
    ...echo,
    unary: (_request, { peer }) => ({ text: peer.address, n: 1 }),
  });
  await using second = createServer({ logger: silentLogger });

  const { address, port } = await server.listen(`unix:${stale}`);
  await using channel = connect(address);
  const reply = await channel.client(ProbeService).unary({ text: '', n: 1 });

  expect(port).toBe(0);
  expect(reply.text).toBe(`unix:${stale}`);
  await expect(second.listen(`unix:${stale}`)).rejects.toThrow('the address is in use');
  await expect(second.listen(`unix:${folder}/file`)).rejects.toThrow('the address is in use');
  rmSync(folder, { recursive: true });
});

test('a port in use is an error that quotes the address', async () => {
  await using target = await openTarget();
  await using second = createServer({ logger: silentLogger });

  await expect(second.listen(`127.0.0.1:${target.port}`)).rejects.toThrow(
    `Cannot listen on "127.0.0.1:${target.port}": the address is in use`,
  );
  expect(await target.survives()).toBe(true);
  expect((await target.neighbour.call(unaryPath, Buffer.from('{"text":"a","n":1}')).status).code).toBe(Code.OK);
});
