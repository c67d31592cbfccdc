import { setTimeout as sleep } from 'node:timers/promises';
import { CancelReason, Code, connect, StatusError } from 'flowrpc';
import { expect, test } from 'vitest';
import type { Probe } from '../suites/probe-service.ts';
import { ProbeService } from '../suites/probe-service.ts';
import { grpcFrame, HttpPeer } from './raw-http2.ts';
import { clientStreamPath, gate, openTarget } from './target.ts';

async function* endless(onReturn: () => void = () => {}): AsyncGenerator<Probe> {
  try {
    for (let n = 0; ; n++) {
      yield { text: 'x'.repeat(1_000), n };
      await sleep(1);
    }
  } finally {
    onReturn();
  }
}

test('D-08 a cancel reaches a running handler, with its reason', async () => {
  let reason: unknown;
  const running = gate<void>();
  const told = gate<void>();
  await using target = await openTarget({
    unary: (_request, { signal }) =>
      new Promise((_resolve, reject) => {
        running.resolve();
        signal.addEventListener('abort', () => {
          reason = signal.reason;
          told.resolve();
          reject(signal.reason);
        });
      }),
  });
  const call = target.neighbour.client(ProbeService).unary({ text: '', n: 1 });

  await running.promise;
  call.cancel();
  await told.promise;

  expect((await call.status).code).toBe(Code.CANCELLED);
  expect(reason).toBeInstanceOf(CancelReason);
  expect((reason as CancelReason).kind).toBe('client-gone');
});

test('D-08 a cancel right after the start reaches the handler, if it starts at all', async () => {
  let running = 0;
  await using target = await openTarget({
    unary: async (request, { signal }) => {
      running += 1;
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      running -= 1;
      return request;
    },
  });
  await target.neighbour.ready();

  const call = target.neighbour.client(ProbeService).unary({ text: '', n: 1 });
  call.cancel();
  await call.status;
  await target.neighbour.client(ProbeService).clientStream([]);

  await expect.poll(() => running).toBe(0);
});

test('D-08 a cancel while connecting ends the call at once', async () => {
  await using channel = connect('192.0.2.1:50051');
  const call = channel.client(ProbeService).unary({ text: '', n: 1 }, { waitForReady: true });

  await sleep(10);
  call.cancel();

  expect(await call.status).toMatchObject({ code: Code.CANCELLED, origin: 'local' });
});

test('a producer whose client left is told where it waits to write', async () => {
  const ended = gate<unknown>();
  await using target = await openTarget({
    async *serverStream() {
      try {
        for (let n = 0; ; n++) yield { text: 'x'.repeat(50_000), n };
      } finally {
        ended.resolve('returned');
      }
    },
  });

  for await (const { n } of target.neighbour.client(ProbeService).serverStream({ text: '', n: 1 })) if (n === 3) break;

  expect(await ended.promise).toBe('returned');
});

test('a handler that waits for requests is told when its client is gone', async () => {
  const begun = gate<void>();
  const ended = gate<unknown>();
  await using target = await openTarget({
    clientStream: async (requests) => {
      begun.resolve();
      try {
        for await (const _ of requests);
      } catch (error) {
        ended.resolve(error);
        throw error;
      }
      ended.resolve('a clean end');
      return { text: '', n: 0 };
    },
  });
  const call = target.neighbour.client(ProbeService).clientStream(endless());

  await begun.promise;
  call.cancel();

  expect(await ended.promise).toBeInstanceOf(CancelReason);
});

test.each(['clientStream', 'bidi'] as const)(
  'an early reply to a %s call settles it and stops its sender',
  async (kind) => {
    const returned = gate<void>();
    await using target = await openTarget({
      clientStream: async (requests) => {
        for await (const _ of requests) return { text: 'early', n: 1 };
        return { text: 'late', n: 0 };
      },
      async *bidi(requests) {
        for await (const _ of requests) {
          yield { text: 'early', n: 1 };
          return;
        }
      },
    });
    const client = target.neighbour.client(ProbeService);

    const replies: Probe[] = [];
    if (kind === 'clientStream') replies.push(await client.clientStream(endless(returned.resolve)));
    else for await (const reply of client.bidi(endless(returned.resolve))) replies.push(reply);
    await returned.promise;

    expect(replies).toEqual([{ text: 'early', n: 1 }]);
    expect(await target.survives()).toBe(true);
  },
);

test('an early error keeps its code, whatever the client still sends', async () => {
  await using target = await openTarget({
    clientStream: async () => {
      throw new StatusError(Code.PERMISSION_DENIED, 'not you');
    },
  });
  await using peer = new HttpPeer(target.port);
  const bulk = grpcFrame(JSON.stringify({ text: 'x'.repeat(200_000), n: 1 }));

  const ours = await target.neighbour.client(ProbeService).clientStream(endless()).status;
  const foreign = await peer.call(clientStreamPath, { body: Array.from({ length: 20 }, () => bulk), end: false });

  expect(ours).toMatchObject({ code: Code.PERMISSION_DENIED, message: 'not you', origin: 'peer' });
  expect(foreign.code).toBe(Code.PERMISSION_DENIED);
  expect(await target.survives()).toBe(true);
});

test('a deadline while requests are sent is no clean end for the handler', async () => {
  const ended = gate<unknown>();
  await using target = await openTarget({
    clientStream: async (requests) => {
      try {
        for await (const _ of requests);
        ended.resolve('a clean end');
      } catch (error) {
        ended.resolve(error);
      }
      return { text: '', n: 0 };
    },
  });
  await target.neighbour.ready();

  const status = await target.neighbour.client(ProbeService).clientStream(endless(), { timeoutMs: 60 }).status;

  expect(status.code).toBe(Code.DEADLINE_EXCEEDED);
  expect(await ended.promise).toBeInstanceOf(CancelReason);
});

test('a request iterable that throws ends the call with its status, and the handler sees no clean end', async () => {
  const ended = gate<unknown>();
  await using target = await openTarget({
    clientStream: async (requests) => {
      try {
        for await (const _ of requests);
        ended.resolve('a clean end');
      } catch (error) {
        ended.resolve(error);
      }
      return { text: '', n: 0 };
    },
  });
  async function* broken(): AsyncGenerator<Probe> {
    yield { text: '', n: 1 };
    await sleep(20);
    throw new StatusError(Code.DATA_LOSS, 'the file is broken');
  }

  await target.neighbour.ready();
  const status = await target.neighbour.client(ProbeService).clientStream(broken()).status;

  expect(status).toMatchObject({ code: Code.DATA_LOSS, message: 'the file is broken', origin: 'local' });
  expect(await ended.promise).toBeInstanceOf(CancelReason);
});

test('a deadline ends a stream in the middle, on both sides', async () => {
  const reasons: unknown[] = [];
  const ended = gate<void>();
  await using target = await openTarget({
    async *serverStream({ text }, { signal }) {
      signal.addEventListener('abort', () => {
        reasons.push(signal.reason);
        ended.resolve();
      });
      for (let n = 0; ; n++) {
        yield { text, n };
        await sleep(5);
      }
    },
  });
  const call = target.neighbour.client(ProbeService).serverStream({ text: '', n: 1 }, { timeoutMs: 80 });

  const outcome = await (async () => {
    for await (const _ of call);
  })().catch((error: unknown) => error);
  await ended.promise;

  expect(outcome).toMatchObject({ code: Code.DEADLINE_EXCEEDED });
  expect(['deadline', 'client-gone']).toContain((reasons[0] as CancelReason).kind);
});

test.each([undefined, 'text', 5, null, Symbol('s')])(
  'G-11 a handler that returns %s fails with an error id',
  async (wrong) => {
    await using target = await openTarget({ unary: () => wrong as never });

    const status = await target.neighbour.client(ProbeService).unary({ text: '', n: 1 }).status;

    expect([Code.INTERNAL, Code.UNKNOWN]).toContain(status.code);
    expect(status.message).toMatch(/error id [0-9a-f]{8}/);
  },
);

test('20,000 messages each way stay in order and in bounds', async () => {
  await using target = await openTarget();
  async function* count(): AsyncGenerator<Probe> {
    for (let n = 0; n < 20_000; n++) yield { text: '', n };
  }
  let expected = 0;

  for await (const { n } of target.neighbour.client(ProbeService).bidi(count())) {
    if (n !== expected) break;
    expected += 1;
  }

  expect(expected).toBe(20_000);
});

test('closing a server lets calls under way end, and leaves nothing open', async () => {
  const target = await openTarget({
    unary: async ({ text, n }) => {
      await sleep(100);
      return { text, n };
    },
  });
  await target.neighbour.ready();
  const client = target.neighbour.client(ProbeService);
  const under = Array.from({ length: 20 }, (_, n) => client.unary({ text: 'x'.repeat(20_000), n }));
  while (target.started.length < 20) await sleep(1);

  const report = await target.server.close({ graceMs: 5_000 });
  const replies = await Promise.all(under);
  await target.neighbour.close();

  expect(report.cut).toEqual([]);
  expect(replies.map(({ n }) => n)).toEqual(Array.from({ length: 20 }, (_, n) => n));
});
