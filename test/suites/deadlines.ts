import { type CancelReason, Code, type Interceptor } from 'flowrpc';
import { describe, expect, test } from 'vitest';
import { aborted, timed } from './gate.ts';
import { everyKind, kinds, outcome, run, shout, start } from './kinds.ts';
import { setup, type TestTransport } from './transports.ts';

/** Deadlines: seen by the handler, kept by both sides (#119, RELIABILITY 2.4). */
export function deadlines(transport: TestTransport): void {
  describe.each(kinds)('%s', (kind) => {
    test('the handler sees the deadline, on its own clock', async () => {
      let seen = 0;
      await using probe = await setup(transport, {
        handlers: everyKind(async function* look(requests, context) {
          seen = context.deadline;
          yield* shout(requests, context);
        }),
      });
      const wanted = Date.now() + 10_000;

      const { status } = await run(probe.client, kind, { deadline: new Date(wanted) });

      expect(status.code).toBe(Code.OK);
      expect(Math.abs(seen - wanted)).toBeLessThan(1_000);
    });

    test('its expiry ends a handler that never settles, on both sides', timed, async () => {
      let reason: unknown;
      await using probe = await setup(transport, {
        handlers: everyKind(async function* stuck(_requests, { signal }) {
          void aborted(signal).then((why) => {
            reason = why;
          });
          await new Promise(() => {});
          yield { text: '', n: 0 };
        }),
      });

      const { status } = await run(probe.client, kind, { timeoutMs: 200 });

      expect(status).toMatchObject({ code: Code.DEADLINE_EXCEEDED, origin: 'local' });
      await expect.poll(() => (reason as CancelReason)?.kind).toBe('deadline');
    });

    test.each([
      ['zero', { timeoutMs: 0 }],
      ['negative', { timeoutMs: -1 }],
      ['in the past', { deadline: 1 }],
    ])('a timeout that is %s is DEADLINE_EXCEEDED before the handler runs', async (_name, options) => {
      let handled = 0;
      await using probe = await setup(transport, {
        handlers: everyKind((requests, context) => {
          handled += 1;
          return shout(requests, context);
        }),
      });

      const { status } = await run(probe.client, kind, options);

      expect(status.code).toBe(Code.DEADLINE_EXCEEDED);
      expect(handled).toBe(0);
    });

    test.each([
      ['26 days', { timeoutMs: 26 * 24 * 3_600_000 }],
      ['the last Date', { deadline: new Date(8.64e15) }],
      ['1e30', { deadline: 1e30 }],
      ['never', { timeoutMs: Number.POSITIVE_INFINITY }],
    ])('a deadline as far as %s is no deadline that has passed', async (_name, options) => {
      await using probe = await setup(transport, { handlers: everyKind(shout) });

      const { status } = await run(probe.client, kind, options);

      expect(status).toMatchObject({ code: Code.OK, message: '' });
    });

    test('a deadline that is no number is a RangeError that quotes it', async () => {
      await using probe = await setup(transport);
      const call = probe.client[kind] as (input: unknown, options: object) => unknown;

      expect(() => call([], { timeoutMs: Number.NaN })).toThrow(RangeError);
      expect(() => call([], { deadline: new Date('x') })).toThrow(/Invalid Date/);
    });
  });

  describe.each(kinds)('%s, with an interceptor of the client that never settles', (kind) => {
    const stuck: Interceptor = async function stuck(call, next) {
      await next(call);
      return new Promise<never>(() => {});
    };
    const options = { client: { interceptors: [stuck] }, handlers: everyKind(() => silence()) };

    test('its expiry ends the call', async () => {
      await using probe = await setup(transport, options);

      const { status } = await run(probe.client, kind, { timeoutMs: 20 });

      expect(status).toMatchObject({ code: Code.DEADLINE_EXCEEDED, origin: 'local' });
    });

    test('a cancel ends the call', async () => {
      await using probe = await setup(transport, options);
      const call = start(probe.client, kind);

      const ending = outcome(call);
      call.cancel();

      expect((await ending).status).toMatchObject({ code: Code.CANCELLED, origin: 'local' });
    });
  });

  test('a stream ends at its deadline, with what it gave before', timed, async () => {
    await using probe = await setup(transport, {
      handlers: {
        async *serverStream(_request, { signal }) {
          yield { text: 'one', n: 1 };
          await aborted(signal);
          yield { text: 'two', n: 2 };
        },
      },
    });

    const { messages, status } = await run(probe.client, 'serverStream', { timeoutMs: 150 });

    expect(messages).toEqual([{ text: 'one', n: 1 }]);
    expect(status.code).toBe(Code.DEADLINE_EXCEEDED);
  });

  test('unary and client-streaming calls have a default deadline, the other two none', async () => {
    const seen: Record<string, number> = {};
    await using probe = await setup(transport, {
      client: { timeoutMs: 5_000 },
      handlers: everyKind(async function* look(requests, context) {
        seen[context.method.localName] = context.deadline - Date.now();
        yield* shout(requests, context);
      }),
    });

    for (const kind of kinds) await run(probe.client, kind);

    expect(seen.unary).toBeLessThan(5_100);
    expect(seen.clientStream).toBeLessThan(5_100);
    expect(seen.serverStream).toBe(Number.POSITIVE_INFINITY);
    expect(seen.bidi).toBe(Number.POSITIVE_INFINITY);
  });

  test('the server caps the deadline of unary calls', async () => {
    await using probe = await setup(transport, {
      server: { maxTimeoutMs: 30 },
      handlers: { unary: () => new Promise<never>(() => {}) },
    });

    const { status } = await run(probe.client, 'unary', { timeoutMs: 10_000 });

    expect(status).toMatchObject({ code: Code.DEADLINE_EXCEEDED, origin: 'peer' });
  });

  test('a stream without messages for too long is ended by the server', async () => {
    await using probe = await setup(transport, {
      server: { streamIdleMs: 30 },
      handlers: everyKind(() => silence()),
    });

    const { status } = await run(probe.client, 'bidi');

    expect(status).toMatchObject({ code: Code.RESOURCE_EXHAUSTED, message: 'No message for 30 ms' });
  });
}

async function* silence(): AsyncGenerator<never> {
  await new Promise(() => {});
}
