import { Code, connect, ErrorInfo, findDetail, Suspects } from 'flowrpc';
import { hedging, retry } from 'flowrpc/interceptors';
import { describe, expect, test } from 'vitest';
import { openHostile } from '../hostile/hostile-server.ts';
import { pause } from '../suites/gate.ts';
import { kinds, run } from '../suites/kinds.ts';
import { ProbeService } from '../suites/probe-service.ts';

const reconnect = { initialBackoffMs: 10, maxBackoffMs: 20 };
const again = {
  attempts: 10,
  nonIdempotent: true,
  baseDelayMs: 30,
  multiplier: 1,
  throttle: false,
  budget: false,
} as const;
const never = new AbortController().signal;

describe('what its server dies of', () => {
  test.each(kinds)('P-02 %s: retry() sends it twice, and ends it with a code that nobody repeats', async (kind) => {
    await using hostile = await openHostile((stream) => stream.session!.destroy(), {
      reconnect,
      interceptors: [retry(again)],
    });
    const metadata = { 'idempotency-key': 'order-7' };

    const { status } = await run(hostile.channel.client(ProbeService), kind, { metadata });

    expect(hostile.calls).toHaveLength(2);
    expect(status.code).toBe(Code.FAILED_PRECONDITION);
    expect(status.message).toContain('is sent no more: the connection was lost under it 2 times');
    expect(findDetail(status, ErrorInfo)).toMatchObject({
      reason: 'QUARANTINED',
      metadata: { method: ProbeService.methods[kind].path, idempotencyKey: 'order-7' },
    });
  });

  test('P-02 hedging() sends it twice, however many attempts it may make', async () => {
    await using hostile = await openHostile((stream) => stream.session!.destroy(), {
      reconnect,
      interceptors: [hedging({ attempts: 10, delayMs: 3_000, nonIdempotent: true, throttle: false, budget: false })],
    });

    const { status } = await run(hostile.channel.client(ProbeService), 'unary');

    expect(hostile.calls).toHaveLength(2);
    expect(findDetail(status, ErrorInfo)?.reason).toBe('QUARANTINED');
  });

  test('P-02 retry() around hedging() does not send it again', async () => {
    await using hostile = await openHostile((stream) => stream.session!.destroy(), {
      reconnect,
      interceptors: [retry(again), hedging({ attempts: 10, delayMs: 3_000, nonIdempotent: true, throttle: false })],
    });

    await run(hostile.channel.client(ProbeService), 'unary');

    expect(hostile.calls).toHaveLength(2);
  });
});

test('a proxy without a server has lost nothing: retry() makes all its attempts', async () => {
  await using hostile = await openHostile(
    (stream) => {
      stream.respond({ ':status': 503 }, { endStream: true });
    },
    { reconnect, interceptors: [retry({ ...again, attempts: 4 })] },
  );

  const { status } = await run(hostile.channel.client(ProbeService), 'unary');

  expect([hostile.calls.length, status.code, status.lost]).toEqual([4, Code.UNAVAILABLE, false]);
});

test('a call that found no server is not lost, one whose server went away is, one that was answered is not', async () => {
  await using hostile = await openHostile((stream) => stream.session!.destroy(), { reconnect });
  await using nowhere = connect('127.0.0.1:1');

  const lost = await run(hostile.channel.client(ProbeService), 'unary');
  const unseen = await run(nowhere.client(ProbeService), 'unary');
  const late = await run(nowhere.client(ProbeService), 'unary', { timeoutMs: 0 });

  expect([lost, unseen, late].map(({ status }) => [status.lost, status.unseen])).toEqual([
    [true, false],
    [false, true],
    [false, true],
  ]);
});

describe('Suspects', () => {
  test('go one by one, the one that was sent last first', async () => {
    const suspects = new Suspects();
    const went: number[] = [];
    const goes = async (lostAfterMs: number): Promise<void> => {
      const suspect = await suspects.turn(lostAfterMs, never);
      went.push(lostAfterMs);
      await pause(1);
      expect(went.at(-1)).toBe(lostAfterMs);
      suspect.end('through');
    };

    await Promise.all([50, 40, 10, 30, 20].map(goes));

    expect(went).toEqual([50, 10, 20, 30, 40]);
  });

  test('are many at once when many came through, and one again when one was lost', async () => {
    const suspects = new Suspects();
    let out = 0;
    let most = 0;
    const goes = async (end: 'through' | 'lost' | 'unseen'): Promise<void> => {
      const suspect = await suspects.turn(10_000, new AbortController().signal);
      most = Math.max(most, ++out);
      await pause(0);
      out -= 1;
      suspect.end(end);
    };
    const many = (count: number, end: 'through' | 'lost' | 'unseen' = 'through') =>
      Promise.all(Array.from({ length: count }, () => goes(end)));

    await many(32);
    const serial = most;
    await many(60, 'unseen');
    const unseen = most;
    await many(200);
    const wide = most;
    most = 0;
    await many(60, 'lost');

    expect([serial, unseen, most]).toEqual([1, 1, 1]);
    expect(wide).toBeGreaterThan(3);
  });

  test('who has gone on for longer than when it was lost is not waited for', async () => {
    const suspects = new Suspects();
    const slow = await suspects.turn(1, never);

    const next = await suspects.turn(1, never);

    next.end('through');
    slow.end('through');
  });

  test('who is cancelled does not wait', async () => {
    const suspects = new Suspects();
    const first = await suspects.turn(Number.POSITIVE_INFINITY, never);
    const cancel = new AbortController();
    const waiting = suspects.turn(1, cancel.signal);

    cancel.abort();

    (await waiting).end('unseen');
    first.end('through');
  });
});
