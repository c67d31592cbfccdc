import { getEventListeners } from 'node:events';
import { Code, type Interceptor, key, type Status, StatusError } from 'flowrpc';
import { describe, expect, test } from 'vitest';
import { aborted, gate } from './gate.ts';
import { type AnyHandler, everyKind, type Kind, kinds, outcome, run, type Side, shout, sides, start } from './kinds.ts';
import { transports as all, onSide, type Setup, setup, type TestTransport } from './transports.ts';

/**
 * What every interceptor owes a call that it lets pass: messages, header, trailer and status as they are without it, one end,
 * and nothing left behind. `make` gives one that lets the suite's calls pass.
 */
export function interceptorSuite(
  name: string,
  make: () => Interceptor,
  { transports = all }: { transports?: readonly TestTransport[] } = {},
): void {
  for (const transport of transports) {
    describe.each(sides)(`${name} on the %s, ${transport.name}`, (side) => {
      test.each(kinds)('%s calls end as they do without it', async (kind) => {
        for (const [what, handle] of Object.entries(endings)) {
          const expected = await observed(transport, side, kind, handle);
          const { seen, ends } = await observed(transport, side, kind, handle, make());

          expect(seen, what).toEqual(expected.seen);
          expect(ends, what).toEqual([expected.ends[0], expected.ends[0]]);
        }
      });

      test.each(kinds)('%s calls end at their deadline', async (kind) => {
        const chain = witnessed(make());
        await using probe = await setup(transport, {
          handlers: everyKind(stuck),
          ...onSide(side, ...chain.interceptors),
        });

        // On a busy machine a deadline may pass before the server hears of the call: the next one has more time.
        for (let timeoutMs = 25; timeoutMs < 1_000 && chain.calls.length === 0; timeoutMs *= 2) {
          const { status } = await run(probe.client, kind, { timeoutMs });
          expect(status.code).toBe(Code.DEADLINE_EXCEEDED);
        }

        // Over a wire the server may hear of the caller's going before its own clock says so.
        const gone = side === 'server' && transport.wire;
        const possible = gone ? [Code.DEADLINE_EXCEEDED, Code.CANCELLED] : [Code.DEADLINE_EXCEEDED];
        expect(chain.calls).not.toHaveLength(0);
        await expect.poll(() => chain.calls.every((ends) => ends.length === 2), often).toBe(true);
        for (const [inner, outer] of chain.calls) {
          expect(possible).toContain(inner);
          expect(outer).toBe(inner);
        }
      });

      test.each(kinds)('%s calls can be cancelled, and leave no listener', async (kind) => {
        const chain = witnessed(make());
        const begun = gate();
        const seen = gate<unknown>();
        const controller = new AbortController();
        await using probe = await setup(transport, {
          handlers: everyKind(async function* waiting(requests, context) {
            begun.open();
            seen.open(await aborted(context.signal));
            yield* shout(requests, context);
          }),
          ...onSide(side, ...chain.interceptors),
        });

        const ended = outcome(start(probe.client, kind, { signal: controller.signal }));
        await begun.promise;
        controller.abort();

        expect((await ended).status.code).toBe(Code.CANCELLED);
        expect(await seen.promise).toMatchObject({ code: Code.CANCELLED });
        await expect.poll(() => chain.ends, often).toEqual([Code.CANCELLED, Code.CANCELLED]);
        expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
      });

      test.each(['serverStream', 'bidi'] as const)('%s calls can be left early', async (kind) => {
        const chain = witnessed(make());
        await using probe = await setup(transport, {
          handlers: everyKind(endless),
          ...onSide(side, ...chain.interceptors),
        });

        for await (const { n } of start(probe.client, kind) as AsyncIterable<{ n: number }>) if (n === 3) break;

        await expect.poll(() => chain.ends, often).toEqual([Code.CANCELLED, Code.CANCELLED]);
      });

      test('calls to unknown methods end with UNIMPLEMENTED', async () => {
        const chain = witnessed(make());
        await using probe = await setup(transport, onSide(side, ...chain.interceptors));

        const status = await probe.channel.call('/no.Such/Method', new Uint8Array()).status;

        expect(status.code).toBe(Code.UNIMPLEMENTED);
        expect(chain.ends).toEqual([Code.UNIMPLEMENTED, Code.UNIMPLEMENTED]);
      });

      test('no timer or listener stays after many calls', async () => {
        const controller = new AbortController();
        await using probe = await setup(transport, { handlers: everyKind(shout), ...onSide(side, make()) });
        await everyKindOnce(probe, controller.signal);
        const before = timers();

        for (let round = 0; round < 10; round++) await everyKindOnce(probe, controller.signal);

        await expect.poll(timers, often).toBeLessThanOrEqual(before);
        expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
      });
    });
  }
}

const often = { interval: 2 };

/** Ways for a handler to end that every caller must see unchanged. */
const endings: Readonly<Record<string, AnyHandler>> = {
  success: async function* success(requests, context) {
    context.header.set('x-early', 'yes').append('x-many', 'one').append('x-many', 'two');
    context.trailer.set('x-late-bin', new Uint8Array([0, 255]));
    yield* shout(requests, context);
  },
  'header sent at once': async function* eager(requests, context) {
    context.header.set('x-early', 'yes');
    context.sendHeader();
    yield* shout(requests, context);
  },
  'failure with details': function failing(_requests, { header }) {
    header.set('x-early', 'yes');
    throw new StatusError(Code.NOT_FOUND, 'No such probe: "é"', {
      details: [{ typeUrl: 'type.googleapis.com/suite.Detail', value: new Uint8Array([1, 2, 3]) }],
      trailer: { 'x-late': 'yes' },
    });
  },
  'failure after messages': async function* breaking(requests, context) {
    yield* shout(requests, context);
    throw new StatusError(Code.DATA_LOSS, 'Broke off');
  },
  'early reply': async function* early() {
    yield { text: 'early', n: 0 };
  },
  'no message': function nothing() {
    throw new StatusError(Code.UNAVAILABLE, 'Not now', { trailer: { 'grpc-retry-pushback-ms': '-1' } });
  },
};

const stuck: AnyHandler = async function* stuck(requests, context) {
  await aborted(context.signal);
  yield* shout(requests, context);
};

const endless: AnyHandler = async function* endless() {
  for (let n = 1; ; n++) yield { text: 'more', n };
};

async function observed(
  transport: TestTransport,
  side: Side,
  kind: Kind,
  handle: AnyHandler,
  ...tested: Interceptor[]
) {
  const chain = witnessed(...tested);
  await using probe = await setup(transport, { handlers: everyKind(handle), ...onSide(side, ...chain.interceptors) });
  const { messages, status, header } = await run(probe.client, kind, { metadata: { 'x-sent': 'yes' } });
  const { code, message, details, origin, trailer } = status;
  return {
    seen: { messages, code, message, details, origin, trailer: [...trailer], header: own(header) },
    ends: chain.ends,
  };
}

const endsKey = key('ends', { perCall: (): Code[] => [] });

/** The interceptors between one witness outside and one inside, and what each saw of each call, the inner one first. */
function witnessed(...tested: Interceptor[]) {
  const calls: (readonly Code[])[] = [];
  const witness: Interceptor = async function witness(call, next) {
    const ends = call.get(endsKey) ?? [];
    if (!calls.includes(ends)) calls.push(ends);
    const status: Status = await next(call);
    ends.push(status.code);
    return status;
  };
  return {
    interceptors: tested.length === 0 ? [witness] : [witness, ...tested, witness],
    calls,
    get ends(): readonly Code[] {
      return calls.flat();
    },
  };
}

/** What the handler set; transports may add their own. */
function own(
  header: Iterable<readonly [string, string | Uint8Array]>,
): readonly (readonly [string, string | Uint8Array])[] {
  return [...header].filter(([key]) => key.startsWith('x-'));
}

async function everyKindOnce(probe: Setup, signal: AbortSignal): Promise<void> {
  for (const kind of kinds) await run(probe.client, kind, { signal });
}

function timers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
}
