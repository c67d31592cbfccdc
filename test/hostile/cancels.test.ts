import { type CancelReason, type Client, Code, connect, StatusError } from 'flowrpc';
import { concurrencyLimit, retry } from 'flowrpc/interceptors';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { aborted, gate } from '../suites/gate.ts';
import { type AnyHandler, everyKind, type Kind, kinds, outcome, start } from '../suites/kinds.ts';
import { type Probe, type ProbeMethods, ProbeService } from '../suites/probe-service.ts';
import { onSide, setup, type TestTransport, transports } from '../suites/transports.ts';
import { openHostile, reply } from './hostile-server.ts';
import { lateServer } from './late-server.ts';
import { grpcFrame } from './raw-http2.ts';
import { ticks } from './ticks.ts';

const [local, , tcp] = transports as [TestTransport, TestTransport, TestTransport];

afterEach(() => {
  vi.useRealTimers();
});

/** A handler that calls the next server, hands on its answers, and notes how it was told to end. */
function hop(name: string, events: string[], next: () => Client<ProbeMethods>): AnyHandler {
  return async function* forward(_requests, { signal }) {
    signal.addEventListener('abort', () => events.push(`${name} ${(signal.reason as CancelReason).kind}`));
    for await (const message of next().bidi([{ text: 'a', n: 1 }])) yield message;
  };
}

describe.each([local, tcp])('D-08 a cancel, $name', (transport) => {
  const stages: [Kind, 'before' | 'amid'][] = [
    ...kinds.map((kind): [Kind, 'before'] => [kind, 'before']),
    ['serverStream', 'amid'],
    ['bidi', 'amid'],
  ];

  test.each(stages)('of a %s call %s its responses is told to each hop', async (kind, stage) => {
    const events: string[] = [];
    const running = gate();
    await using behind = await setup(transport, {
      handlers: everyKind(async function* work(_requests, { signal }) {
        if (stage === 'amid') yield { text: 'first', n: 1 };
        running.open();
        signal.addEventListener('abort', () => events.push(`behind ${(signal.reason as CancelReason).kind}`));
        await aborted(signal);
        throw signal.reason;
      }),
    });
    await using front = await setup(transport, { handlers: everyKind(hop('front', events, () => behind.client)) });

    const call = start(front.client, kind);
    const ended = outcome(call);
    await running.promise;
    call.cancel();

    expect((await ended).status.code).toBe(Code.CANCELLED);
    await expect.poll(() => [...events].sort()).toEqual(['behind client-gone', 'front client-gone']);
  });

  test('in the pause of a call that its handler makes ends the pause: nothing is tried after it, however long one waits', async () => {
    const tries: number[] = [];
    const events: string[] = [];
    const failed = gate();
    const again = retry({ nonIdempotent: true, attempts: 9, baseDelayMs: 20_000, maxDelayMs: 20_000, jitter: 0 });
    await using behind = await setup(transport, {
      handlers: {
        bidi: () => {
          tries.push(tries.length);
          throw new StatusError(Code.UNAVAILABLE, 'not now');
        },
      },
      client: {
        interceptors: [
          again,
          async function tell(call, next) {
            const status = await next(call);
            failed.open();
            return status;
          },
        ],
      },
    });
    await using front = await setup(transport, { handlers: everyKind(hop('front', events, () => behind.client)) });
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });

    const call = start(front.client, 'unary');
    const ended = outcome(call);
    await failed.promise;
    await ticks(3);
    call.cancel();
    const { status } = await ended;
    for (let turn = 0; turn < 2_000 && events.length === 0; turn++) await ticks(1);
    await ticks(3);
    expect(events).toEqual(['front client-gone']);
    expect(vi.getTimerCount()).toBe(0);
    await vi.advanceTimersByTimeAsync(600_000);

    expect(status.code).toBe(Code.CANCELLED);
    expect(tries).toEqual([0]);
  });

  test('of a call that waits in line leaves the line: its handler never starts, and those behind it have their turn', async () => {
    const started: string[] = [];
    const first = gate();
    const line = concurrencyLimit({ max: 1, queue: 9 });
    await using probe = await setup(transport, {
      handlers: everyKind(async function* work(requests) {
        for await (const request of requests) {
          started.push(request.text);
          if (request.text === 'first') await first.promise;
          yield request;
        }
      }),
      ...onSide('server', line),
    });
    const of = (text: string) => probe.client.unary({ text, n: 1 });

    const [holds, leaves, stays] = [of('first'), of('leaves'), of('stays')];
    await expect.poll(() => line.waiting).toBe(2);
    leaves.cancel();
    expect((await leaves.status).code).toBe(Code.CANCELLED);
    await expect.poll(() => line.waiting).toBe(1);
    first.open();

    expect([(await holds).text, (await stays).text]).toEqual(['first', 'stays']);
    expect(started).toEqual(['first', 'stays']);
  });
});

describe('D-08 a cancel', () => {
  test('of a call that waits for a stream of its connection: no server sees it, and those behind it go on', async () => {
    const started: string[] = [];
    const first = gate();
    await using probe = await setup(tcp, {
      handlers: {
        unary: async (request: Probe) => {
          started.push(request.text);
          if (request.text === 'first') await first.promise;
          return request;
        },
      },
      server: { connection: { maxConcurrentStreams: 1 } },
    });
    const of = (text: string) => probe.client.unary({ text, n: 1 });
    await of('before');

    const [holds, leaves, stays] = [of('first'), of('leaves'), of('stays')];
    await expect.poll(() => started).toContain('first');
    leaves.cancel();
    expect((await leaves.status).code).toBe(Code.CANCELLED);
    first.open();

    expect([(await holds).text, (await stays).text]).toEqual(['first', 'stays']);
    expect(started).toEqual(['before', 'first', 'stays']);
  });

  test('while the call of a handler still connects: both end, and nothing is sent when the server comes to answer', async () => {
    const events: string[] = [];
    await using hostile = await openHostile((stream) =>
      reply(stream, { body: [grpcFrame('{"text":"late","n":1}')], trailer: { 'grpc-status': '0' } }),
    );
    await using late = await lateServer(hostile.port);
    await using channel = connect(`127.0.0.1:${late.port}`);
    const onward = channel.client(ProbeService);
    await using front = await setup(tcp, { handlers: everyKind(hop('front', events, () => onward)) });

    const call = start(front.client, 'unary');
    const ended = outcome(call);
    await expect.poll(() => late.taken).toBe(1);
    call.cancel();
    const { status } = await ended;
    await expect.poll(() => events).toEqual(['front client-gone']);
    late.open();
    const later = await onward.unary({ text: 'b', n: 2 }, { waitForReady: true });

    expect(status.code).toBe(Code.CANCELLED);
    expect(later.text).toBe('late');
    expect(hostile.calls).toHaveLength(1);
  });
});
