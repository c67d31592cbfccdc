import fc from 'fast-check';
import { Code, type Interceptor } from 'flowrpc';
import { type FaultOptions, type FaultRule, faults, retry } from 'flowrpc/interceptors';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { everyKind, kinds, outcome, run, shout, shouted, sides, start, texts } from '../suites/kinds.ts';
import type { Probe } from '../suites/probe-service.ts';
import { onSide, type Setup, setup, type TestTransport, transports } from '../suites/transports.ts';

const transport = transports[0] as TestTransport;

afterEach(() => {
  vi.restoreAllMocks();
});

/** A probe whose handler counts its calls. */
async function served(side: 'client' | 'server', ...interceptors: readonly Interceptor[]) {
  const seen = { calls: 0 };
  const probe = await setup(transport, {
    handlers: everyKind((requests, context) => {
      seen.calls += 1;
      return shout(requests, context);
    }),
    ...onSide(side, ...interceptors),
  });
  return Object.assign(probe satisfies Setup, { seen });
}

/** The pauses that are set from now on, each of which passes at once. */
function pauses(least: number): number[] {
  const list: number[] = [];
  const real = globalThis.setTimeout;
  vi.spyOn(globalThis, 'setTimeout').mockImplementation(((run: () => void, ms = 0) => {
    if (ms >= least && ms < 20_000) list.push(ms);
    return real(run, ms >= least && ms < 20_000 ? 0 : ms);
  }) as never);
  return list;
}

describe.each(sides)('faults() on the %s', (side) => {
  test.each(kinds)('%s: aborts before anything runs', async (kind) => {
    const rule: FaultRule = { abort: { code: Code.RESOURCE_EXHAUSTED, message: 'Not today' } };
    await using probe = await served(side, faults([rule]));

    const { status, messages } = await run(probe.client, kind);

    expect(status).toMatchObject({ code: Code.RESOURCE_EXHAUSTED, message: 'Not today' });
    expect(messages).toEqual([]);
    expect(probe.seen.calls).toBe(0);
  });

  test.each(kinds)('%s: delays, then lets the call pass', async (kind) => {
    await using probe = await served(side, faults([{ delayMs: 1_500 }, { delayMs: 1_700 }]));
    const list = pauses(1_500);

    const result = await run(probe.client, kind);

    expect(texts(result)).toEqual(shouted(kind));
    expect(list).toEqual([1_500, 1_700]);
  });

  test.each(['serverStream', 'bidi'] as const)('%s: aborts after so many responses', async (kind) => {
    await using probe = await setup(transport, {
      handlers: everyKind(async function* count() {
        for (let n = 1; n <= 5; n++) yield { text: 'more', n } satisfies Probe;
      }),
      ...onSide(side, faults([{ abort: Code.UNAVAILABLE, afterResponses: 2 }])),
    });

    const { status, messages } = await run(probe.client, kind);

    expect(status).toMatchObject({ code: Code.UNAVAILABLE, message: 'Injected fault' });
    expect(messages.map(({ n }) => n)).toEqual([1, 2]);
  });

  test('matches by method and by metadata', async () => {
    await using probe = await served(
      side,
      faults([
        { match: '/suite.Probe/Unary', metadata: { 'x-tenant': 'acme' }, abort: Code.ABORTED },
        { match: { kind: 'bidi' }, abort: Code.DATA_LOSS },
      ]),
    );

    const codes = [
      (await run(probe.client, 'unary')).status.code,
      (await run(probe.client, 'unary', { metadata: { 'x-tenant': 'acme' } })).status.code,
      (await run(probe.client, 'clientStream', { metadata: { 'x-tenant': 'acme' } })).status.code,
      (await run(probe.client, 'bidi')).status.code,
    ];

    expect(codes).toEqual([Code.OK, Code.ABORTED, Code.OK, Code.DATA_LOSS]);
  });

  test('takes as many of a hundred as it is told, by the numbers it is given', async () => {
    const numbers = [0.1, 0.29, 0.3, 0.9, 0];
    const random = (): number => numbers.shift()!;
    await using probe = await served(side, faults([{ percent: 30, abort: Code.ABORTED }], { random }));

    const codes: Code[] = [];
    for (let n = 0; n < 5; n++) codes.push((await run(probe.client, 'unary')).status.code);

    expect(codes).toEqual([Code.ABORTED, Code.ABORTED, Code.OK, Code.OK, Code.ABORTED]);
  });

  test('0 percent is none, 100 is all, whatever the numbers', async () => {
    const random = (): number => 1 - Number.EPSILON / 2;
    await using none = await served(side, faults([{ percent: 0, abort: Code.ABORTED }], { random: () => 0 }));
    await using all = await served(side, faults([{ abort: Code.ABORTED }], { random }));

    expect((await run(none.client, 'unary')).status.code).toBe(Code.OK);
    expect((await run(all.client, 'unary')).status.code).toBe(Code.ABORTED);
  });

  test('a call that is cancelled, or out of time, in the delay ends then', async () => {
    await using probe = await served(side, faults([{ delayMs: 60_000, abort: Code.ABORTED }]));

    const late = await run(probe.client, 'unary', { timeoutMs: 20 });
    const call = start(probe.client, 'unary');
    const ended = outcome(call);
    await new Promise(setImmediate);
    call.cancel();

    expect(late.status.code).toBe(Code.DEADLINE_EXCEEDED);
    expect((await ended).status.code).toBe(Code.CANCELLED);
    expect(probe.seen.calls).toBe(0);
  });
});

describe('faults() by headers', () => {
  const ask = (
    headers: FaultOptions['headers'],
    metadata: Record<string, string>,
    random?: () => number,
  ): Promise<{ code: Code; delays: number[] }> => {
    const list = pauses(1_200);
    return served('server', faults([], random === undefined ? { headers } : { headers, random })).then(
      async (probe) => {
        const { status } = await run(probe.client, 'unary', { metadata });
        await probe[Symbol.asyncDispose]();
        vi.restoreAllMocks();
        return { code: status.code, delays: list };
      },
    );
  };
  const delay = 'x-envoy-fault-delay-request';
  const abort = 'x-envoy-fault-abort-grpc-request';

  test('only when allowed', async () => {
    expect(await ask(false, { [delay]: '2000', [abort]: '14' })).toEqual({ code: Code.OK, delays: [] });
    expect(await ask(true, { [delay]: '2000', [abort]: '14' })).toEqual({ code: Code.UNAVAILABLE, delays: [2_000] });
  });

  test('no longer, and not more often, than allowed', async () => {
    expect(await ask({ maxDelayMs: 1_500 }, { [delay]: '999999' })).toEqual({ code: Code.OK, delays: [1_500] });
    expect(await ask({ maxPercent: 10 }, { [abort]: '14' }, () => 0.5)).toEqual({ code: Code.OK, delays: [] });
    expect(await ask(true, { [abort]: '14', 'x-envoy-fault-abort-request-percentage': '40' }, () => 0.5)).toEqual({
      code: Code.OK,
      delays: [],
    });
    expect(await ask(true, { [abort]: '14', 'x-envoy-fault-abort-request-percentage': '60' }, () => 0.5)).toEqual({
      code: Code.UNAVAILABLE,
      delays: [],
    });
  });

  test('what cannot be read asks for nothing', async () => {
    await using probe = await served('server', faults([], { headers: { maxDelayMs: 0 } }));
    const asked = fc.oneof(
      fc.constantFrom('0', '-1', '17', '99', '1e1', ' 7', '0x7', '', '+3', '7;8'),
      fc.stringMatching(/^[ -~]{0,12}$/).filter((text) => !/^\s*(?:[1-9]|1[0-6])\s*$/.test(text)),
    );

    await fc.assert(
      fc.asyncProperty(asked, asked, async (code, ms) => {
        const { status } = await run(probe.client, 'unary', { metadata: { [abort]: code, [delay]: ms } });
        const wellFormed = /^0*(?:[1-9]|1[0-6])$/.test(code.trim());
        expect(status.code).toBe(wellFormed ? Number(code) : Code.OK);
      }),
      { numRuns: 100 },
    );
  });
});

test('faults() on a client, inside of retry(), is what retries are tried with', async () => {
  const numbers = [0, 0, 1];
  const flaky = faults([{ percent: 50, abort: Code.UNAVAILABLE }], { random: () => numbers.shift()! });
  await using probe = await served('client', retry({ nonIdempotent: true, baseDelayMs: 0 }), flaky);

  const { status } = await run(probe.client, 'unary');

  expect(status.code).toBe(Code.OK);
  expect(probe.seen.calls).toBe(1);
});

test('faults() refuses rules that mean nothing', () => {
  expect(() => faults([{}])).toThrow('Cannot inject a fault without delayMs and abort: wanted one');
  expect(() => faults([{ delayMs: -1 }])).toThrow('Cannot delay calls by -1 ms: wanted 0 or more, 24 days at most');
  expect(() => faults([{ abort: 0 as never }])).toThrow('Cannot abort calls with code 0: wanted a code other than OK');
  expect(() => faults([{ abort: 'ABORTED' as never }])).toThrow('Cannot abort calls with code ABORTED');
  expect(() => faults([{ abort: Code.ABORTED, percent: 101 }])).toThrow('101 percent of calls: wanted 0 to 100');
  expect(() => faults([{ delayMs: 1, afterResponses: 1 }])).toThrow('Cannot use afterResponses without abort');
  expect(() => faults([{ abort: Code.ABORTED, afterMessages: 1 } as never])).toThrow(
    'Cannot use option "afterMessages"',
  );
  expect(() => faults({} as never)).toThrow('wanted a list of rules');
});
