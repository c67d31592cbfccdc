import { setTimeout as sleep } from 'node:timers/promises';
import * as grpc from '@grpc/grpc-js';
import { Code, type ConnectOptions, connect } from 'flowrpc';
import { expect, test } from 'vitest';
import { openHostile, reply, replyStatus } from '../hostile/hostile-server.ts';
import { grpcFrame, HttpPeer } from '../hostile/raw-http2.ts';
import { clientStreamPath, openTarget, unaryPath } from '../hostile/target.ts';
import { ProbeService } from '../suites/probe-service.ts';
import { BareClient, bareServer } from './bare.ts';

/* Each test shows an input that goes wrong with bare grpc-js 1.14.7 (GRPC.md 3.5), and the same input with our layer. */

const message = grpcFrame('{"text":"a","n":1}');

test('a service config timeout of half a second is half a second', async () => {
  await using target = await openTarget({
    unary: async ({ text, n }) => {
      await sleep(60);
      return { text, n };
    },
  });
  const json = JSON.stringify({ methodConfig: [{ name: [{}], timeout: '0.5s' }] });
  await using bare = new BareClient(target.port, { 'grpc.service_config': json });
  await using ours = connect(`127.0.0.1:${target.port}`, {
    serviceConfig: { methods: [{ names: [{}], timeoutMs: 500 }] },
  });

  const bareOutcome = await bare.call();
  const ourOutcome = await ours.client(ProbeService).unary({ text: '', n: 1 }).status;

  expect(bareOutcome.code).toBe(Code.DEADLINE_EXCEEDED);
  expect(ourOutcome.code).toBe(Code.OK);
});

test('a service config limit on requests is applied', async () => {
  await using target = await openTarget();
  const json = JSON.stringify({ methodConfig: [{ name: [{}], maxRequestBytes: 10 }] });
  await using bare = new BareClient(target.port, { 'grpc.service_config': json });
  await using ours = connect(`127.0.0.1:${target.port}`, {
    serviceConfig: { methods: [{ names: [{}], maxRequestBytes: 10 }] },
  });

  const bareOutcome = await bare.call();
  const ourOutcome = await ours.client(ProbeService).unary({ text: 'long enough', n: 1 }).status;

  expect(bareOutcome.code).toBe(Code.OK);
  expect(ourOutcome.code).toBe(Code.RESOURCE_EXHAUSTED);
});

test('a service config waitForReady is applied', async () => {
  const config: ConnectOptions['serviceConfig'] = { methods: [{ names: [{}], waitForReady: true }] };
  const json = JSON.stringify({ methodConfig: [{ name: [{}], waitForReady: true }] });
  await using bare = new BareClient(1, { 'grpc.service_config': json });
  await using ours = connect('127.0.0.1:1', { serviceConfig: config });

  const bareOutcome = await bare.call({ deadlineMs: 300 });
  const ourOutcome = await ours.client(ProbeService).unary({ text: '', n: 1 }, { timeoutMs: 300 }).status;

  expect(bareOutcome.code).toBe(Code.UNAVAILABLE);
  expect(ourOutcome.code).toBe(Code.DEADLINE_EXCEEDED);
  expect(ourOutcome.message).toContain('wait_for_ready');
});

test('the text of an error that a handler throws stays in the process', async () => {
  const secret = 'ECONNREFUSED password=hunter2';
  await using foreign = await bareServer({ unary: (_call, callback) => callback(new Error(secret)) });
  await using target = await openTarget({
    unary: () => {
      throw new Error(secret);
    },
  });
  await using toForeign = new BareClient(foreign.port);
  await using toOurs = new BareClient(target.port);

  const bareOutcome = await toForeign.call();
  const ourOutcome = await toOurs.call();

  expect(bareOutcome.details).toContain('hunter2');
  expect(ourOutcome.details).toMatch(/^Internal error \(error id [0-9a-f]{8}\)$/);
});

test('a pushback that is no number stops retries', async () => {
  const refuse = (stream: Parameters<typeof replyStatus>[0]): void =>
    replyStatus(stream, { 'grpc-status': '14', 'grpc-retry-pushback-ms': 'later' });
  const json = JSON.stringify({
    methodConfig: [
      {
        name: [{}],
        retryPolicy: {
          maxAttempts: 3,
          initialBackoff: '0.01s',
          maxBackoff: '0.01s',
          backoffMultiplier: 1,
          retryableStatusCodes: [14],
        },
      },
    ],
  });
  await using bareTarget = await openHostile(refuse);
  await using bare = new BareClient(bareTarget.port, { 'grpc.service_config': json });
  await using hostile = await openHostile(refuse, {
    serviceConfig: {
      methods: [
        {
          names: [{}],
          retry: {
            maxAttempts: 3,
            initialBackoffMs: 10,
            maxBackoffMs: 10,
            backoffMultiplier: 1,
            codes: [Code.UNAVAILABLE],
          },
        },
      ],
    },
  });

  await bare.call();
  await hostile.channel.client(ProbeService).unary({ text: '', n: 1 }).status;

  expect(bareTarget.calls).toHaveLength(3);
  expect(hostile.calls).toHaveLength(1);
});

test('a deadline in 30 days is not in the past', async () => {
  const thirtyDays = { headers: { 'grpc-timeout': '720H' }, body: [message] };
  await using foreign = await bareServer({
    unary: (call, callback) => void setTimeout(() => callback(null, call.request), 50),
  });
  await using target = await openTarget({
    unary: async ({ text, n }) => {
      await sleep(50);
      return { text, n };
    },
  });
  await using toForeign = new HttpPeer(foreign.port);
  await using toOurs = new HttpPeer(target.port);
  await using far = connect(`127.0.0.1:${foreign.port}`);

  const bareOutcome = await toForeign.call(unaryPath, thirtyDays);
  const ourOutcome = await toOurs.call(unaryPath, thirtyDays);
  const ourClient = await far.client(ProbeService).unary({ text: '', n: 1 }, { timeoutMs: 30 * 86_400_000 }).status;

  expect(bareOutcome.code).toBe(Code.DEADLINE_EXCEEDED);
  expect(ourOutcome.code).toBe(Code.OK);
  expect(ourClient.code).toBe(Code.OK);
});

test('a unary reply with two messages ends the call', async () => {
  const answer = (stream: Parameters<typeof reply>[0]): void =>
    reply(stream, { body: [message, message], trailer: { 'grpc-status': '0' } });
  await using bareTarget = await openHostile(answer);
  await using bare = new BareClient(bareTarget.port);
  await using hostile = await openHostile(answer);

  const bareOutcome = await bare.call({ deadlineMs: 300 });
  const ourOutcome = await hostile.channel.client(ProbeService).unary({ text: '', n: 1 }).status;

  expect(bareOutcome.code).toBe(Code.DEADLINE_EXCEEDED);
  expect(ourOutcome.code).toBe(Code.UNIMPLEMENTED);
});

test('a status message of 100 KB leaves other calls of its connection alone', async () => {
  await using foreign = await bareServer({
    unary: (call, callback) => {
      if (call.request.includes('bad')) callback({ code: grpc.status.NOT_FOUND, details: 'm'.repeat(100_000) });
      else setTimeout(() => callback(null, call.request), 100);
    },
  });
  await using bare = new BareClient(foreign.port);

  const neighbour = bare.call({ deadlineMs: 600 });
  void bare.call({ body: Buffer.from('bad'), deadlineMs: 600 });

  // With our server: hostile/metadata.test.ts, M-03.
  expect((await neighbour).code).not.toBe(Code.OK);
});

test('a request stream cut off inside a message is not a success', async () => {
  const cut = { body: [message, message.subarray(0, 9)] };
  await using foreign = await bareServer({
    clientStream: (call, callback) => {
      call.on('data', () => {});
      call.on('end', () => callback(null, Buffer.from('{}')));
    },
  });
  await using target = await openTarget();
  await using toForeign = new HttpPeer(foreign.port);
  await using toOurs = new HttpPeer(target.port);

  const bareOutcome = await toForeign.call(clientStreamPath, cut);
  const ourOutcome = await toOurs.call(clientStreamPath, cut);

  expect(bareOutcome.code).toBe(Code.OK);
  expect(ourOutcome.code).toBe(Code.INTERNAL);
});

test.each([
  ['DELETE', { headers: { ':method': 'DELETE' }, body: [message] }],
  ['application/grpcfoo', { headers: { 'content-type': 'application/grpcfoo' }, body: [message] }],
  ['compression flag 2', { body: [grpcFrame('{"text":"a","n":1}', 2)] }],
  ['a compressed message without an encoding', { body: [grpcFrame('{"text":"a","n":1}', 1)] }],
  ['grpc-timeout -5S', { headers: { 'grpc-timeout': '-5S' }, body: [message] }],
])('%s reaches no handler', async (_name, request) => {
  await using foreign = await bareServer({});
  await using target = await openTarget();
  await using toForeign = new HttpPeer(foreign.port);
  await using toOurs = new HttpPeer(target.port);

  const bareOutcome = await toForeign.call(unaryPath, request);
  const ourOutcome = await toOurs.call(unaryPath, request);

  expect(bareOutcome.code).toBe(Code.OK);
  expect(ourOutcome.code).not.toBe(Code.OK);
  expect(target.started).toEqual([]);
});

test('options that grpc-js would ignore, or that are known to harm, are refused', () => {
  for (const name of ['grpc.min_reconnect_backoff_ms', 'grpc.server_call_metric_recording', 'grpc.enable_channelz']) {
    expect(() => connect('localhost:1', { [name]: 1 })).toThrow('it is unknown');
  }
});

test('messages that come together with an error status are all read', async () => {
  const messages = Array.from({ length: 20 }, () => message);
  await using hostile = await openHostile((stream) =>
    reply(stream, { body: [Buffer.concat(messages)], trailer: { 'grpc-status': '5', 'grpc-message': 'no more' } }),
  );
  await using bare = new BareClient(hostile.port);

  const bareOutcome = await bare.stream();
  const call = hostile.channel.client(ProbeService).serverStream({ text: '', n: 1 });
  let read = 0;
  const reading = async (): Promise<void> => {
    for await (const _ of call) {
      read += 1;
      if (read % 5 === 0) await sleep(5);
    }
  };

  await expect(reading()).rejects.toMatchObject({ code: Code.NOT_FOUND, statusMessage: 'no more' });
  expect(read).toBe(20);
  expect(bareOutcome.code).toBe(Code.NOT_FOUND);
  expect(bareOutcome.messages).toBeLessThan(20);
});

test('a call that is left while messages wait behind an error status lets go of the channel', async () => {
  await using hostile = await openHostile((stream) =>
    reply(stream, { body: Array.from({ length: 50 }, () => message), trailer: { 'grpc-status': '5' } }),
  );

  for (let n = 0; n < 20; n++) {
    for await (const _ of hostile.channel.client(ProbeService).serverStream({ text: '', n: 1 })) break;
  }
  await hostile.channel.close();

  expect(hostile.calls).toHaveLength(20);
  await expect.poll(() => hostile.connections).toBe(0);
});
