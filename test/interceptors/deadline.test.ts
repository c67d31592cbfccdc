import { Code, type Interceptor, remaining, streamsResponses } from 'flowrpc';
import { deadline } from 'flowrpc/interceptors';
import { describe, expect, test } from 'vitest';
import { aborted } from '../suites/gate.ts';
import { everyKind, type Kind, kinds, run, shout, sides } from '../suites/kinds.ts';
import { onSide, setup, type TestTransport, transports } from '../suites/transports.ts';

const transport = transports[0] as TestTransport;

/** The time left that a handler saw behind some interceptors; `undefined` when it did not run. */
async function leftAtHandler(kind: Kind, interceptor: Interceptor, side: 'client' | 'server', timeoutMs?: number) {
  let left: number | undefined;
  await using probe = await setup(transport, {
    handlers: everyKind((requests, context) => {
      left = remaining(context.deadline);
      return shout(requests, context);
    }),
    ...onSide(side, interceptor),
  });
  const { status } = await run(probe.client, kind, { timeoutMs });
  return { left, status };
}

describe.each(sides)('deadline() on the %s', (side) => {
  test.each(kinds)('%s: a number bounds calls with one response', async (kind) => {
    const { left } = await leftAtHandler(kind, deadline(5_000), side);

    if (streamsResponses(kind)) expect(left).toBe(Number.POSITIVE_INFINITY);
    else expect(left).toBeLessThanOrEqual(5_000);
  });

  test.each(kinds)('%s: streams: true and maxMs bound all', async (kind) => {
    const all = await leftAtHandler(kind, deadline({ defaultMs: 5_000, streams: true }), side);
    const longest = await leftAtHandler(kind, deadline({ maxMs: 4_000 }), side, 9_000);

    expect(all.left).toBeLessThanOrEqual(5_000);
    expect(longest.left).toBeLessThanOrEqual(4_000);
  });

  test('leaves a nearer deadline alone', async () => {
    const { left } = await leftAtHandler('unary', deadline({ defaultMs: 60_000, maxMs: 90_000 }), side, 3_000);

    expect(left).toBeLessThanOrEqual(3_000);
    expect(left).toBeGreaterThan(1_000);
  });

  test.each(kinds)('%s: refuses what has too little left, before the handler runs', async (kind) => {
    const { left, status } = await leftAtHandler(kind, deadline({ minimumMs: 10_000, reserveMs: 500 }), side, 5_000);

    expect(left).toBeUndefined();
    expect(status.code).toBe(Code.DEADLINE_EXCEEDED);
    expect(status.message).toMatch(
      /^Cannot start \/suite\.Probe\/\w+: \d{4} ms left, 10000 ms wanted and 500 ms kept back$/,
    );
  });

  test('keeps the reserve back, and refuses when nothing else is left', async () => {
    const some = await leftAtHandler('unary', deadline({ reserveMs: 4_000 }), side, 9_000);
    const none = await leftAtHandler('unary', deadline({ reserveMs: 4_000 }), side, 3_000);
    const unbounded = await leftAtHandler('bidi', deadline({ reserveMs: 4_000 }), side);

    expect(some.left).toBeLessThanOrEqual(5_000);
    expect(none.left).toBeUndefined();
    expect(none.status.code).toBe(Code.DEADLINE_EXCEEDED);
    expect(unbounded.left).toBe(Number.POSITIVE_INFINITY);
  });

  test('methods: the first entry that matches holds, over the rest', async () => {
    const bounds = deadline({
      maxMs: 8_000,
      methods: [
        { match: '/suite.Probe/Unary', maxMs: 2_000 },
        { match: { kind: ['unary', 'bidi'] }, maxMs: 4_000 },
        { match: '/suite.Probe/ClientStream', reserveMs: 2_000 },
      ],
    });

    const left: (number | undefined)[] = [];
    for (const kind of kinds) left.push((await leftAtHandler(kind, bounds, side)).left);

    const ceilings = left.map((ms = 0) => Math.ceil(ms / 2_000) * 2_000);
    expect(ceilings).toEqual([2_000, 8_000, 6_000, 4_000]);
  });

  test.each(kinds)('%s: ends a call that takes longer, and its handler sees why', async (kind) => {
    let reason: unknown;
    await using probe = await setup(transport, {
      handlers: everyKind(async function* stuck(requests, context) {
        reason = await aborted(context.signal);
        yield* shout(requests, context);
      }),
      ...onSide(side, deadline({ maxMs: 20 })),
    });

    const { status } = await run(probe.client, kind, { timeoutMs: 10_000 });

    expect(status.code).toBe(Code.DEADLINE_EXCEEDED);
    await expect.poll(() => reason).toMatchObject({ kind: 'deadline' });
  });
});

test('deadline() refuses bounds that mean nothing', () => {
  expect(() => deadline(0)).toThrow('Cannot bound calls by defaultMs 0: wanted more than 0 milliseconds');
  expect(() => deadline(Number.NaN)).toThrow(RangeError);
  expect(() => deadline({ reserveMs: -1 })).toThrow(
    'Cannot bound calls by reserveMs -1: wanted 0 or more milliseconds',
  );
  expect(() => deadline({ report: 'all' as never })).toThrow('wanted "methods", "addresses" or "off"');
  expect(() => deadline({ methods: [{ match: '/a.A/*', maxMs: -1 }] })).toThrow('Cannot bound calls by maxMs -1');
  expect(() => deadline({ timeoutMs: 1 } as never)).toThrow('Cannot use option "timeoutMs" of deadline');
});
