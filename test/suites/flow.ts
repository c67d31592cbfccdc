import { Code, StatusError } from 'flowrpc';
import { describe, expect, test } from 'vitest';
import { gate, pause } from './gate.ts';
import { everyKind, outcome, run, start } from './kinds.ts';
import type { Probe } from './probe-service.ts';
import { setup, type TestTransport } from './transports.ts';

/** Far more than any buffer on the way may hold: 10,000 messages of 4 KiB. */
const plenty = 10_000;
const bulk = 'x'.repeat(4_096);
/** Nothing moves for this long: whoever is held back has stopped. */
const quietMs = 100;

/** Order, back-pressure and early ends of streams. */
export function flow(transport: TestTransport): void {
  test('a stream of many small messages arrives whole and in order, both ways', async () => {
    await using probe = await setup(transport);
    const count = 2_000;

    const sum = await probe.client.clientStream(counting(count));
    const up: number[] = [];
    for await (const { n } of probe.client.bidi(counting(count))) up.push(n);
    const down = await run(probe.client, 'serverStream', {}, [{ text: '', n: count }]);

    expect(sum.n).toBe((count * (count + 1)) / 2);
    expect(up).toEqual(Array.from({ length: count }, (_, n) => n + 1));
    expect(down.messages.map(({ n }) => n)).toEqual(up);
  });

  test('a reader that stops holds the producing handler back', async () => {
    let produced = 0;
    await using probe = await setup(transport, {
      handlers: {
        async *serverStream() {
          for (; produced < plenty; produced++) yield { text: bulk, n: produced };
        },
      },
    });

    const call = probe.client.serverStream({ text: '', n: 0 });
    const first = await call.next();
    await settled(() => produced);
    const held = produced;
    await call.return();

    expect(first.value).toMatchObject({ n: 0 });
    expect(held).toBeLessThan(plenty / 5);
    expect((await call.status).code).toBe(Code.CANCELLED);
  });

  test.each(['clientStream', 'bidi'] as const)(
    'a handler that stops reading a %s holds the producing caller back',
    async (kind) => {
      let produced = 0;
      const stop = gate();
      await using probe = await setup(transport, {
        handlers: everyKind(async function* lazy(requests) {
          for await (const { n } of requests) {
            await stop.promise;
            yield { text: '', n };
            break;
          }
        }),
      });
      const requests = (async function* (): AsyncGenerator<Probe> {
        for (; produced < plenty; produced++) yield { text: bulk, n: produced };
      })();

      const ending = outcome(start(probe.client, kind, {}, requests as never));
      await settled(() => produced);
      const held = produced;
      stop.open();
      const { status, messages } = await ending;

      expect(held).toBeLessThan(plenty / 5);
      expect(messages).toEqual([{ text: '', n: 0 }]);
      expect(status).toMatchObject({ code: Code.OK, message: '' });
    },
  );

  test.each(['clientStream', 'bidi'] as const)(
    'a %s is answered early while its requests are stuck, and the generator is told',
    async (kind) => {
      const unstick = gate();
      const finished = gate();
      await using probe = await setup(transport, {
        handlers: everyKind(async function* eager(requests) {
          for await (const { text, n } of requests) {
            yield { text, n };
            return;
          }
        }),
      });
      const requests = (async function* (): AsyncGenerator<Probe> {
        try {
          yield { text: 'first', n: 1 };
          await unstick.promise;
          yield { text: 'second', n: 2 };
          yield { text: 'never', n: 3 };
        } finally {
          finished.open();
        }
      })();

      const { status, messages } = await outcome(start(probe.client, kind, {}, requests as never));
      unstick.open();
      await finished.promise;

      expect(status).toMatchObject({ code: Code.OK, message: '' });
      expect(messages).toEqual([{ text: 'first', n: 1 }]);
    },
  );

  test.each(['clientStream', 'bidi'] as const)('a %s is refused early while its requests are stuck', async (kind) => {
    await using probe = await setup(transport, {
      handlers: everyKind(() => {
        throw new StatusError(Code.PERMISSION_DENIED, 'not you');
      }),
    });
    const requests = (async function* (): AsyncGenerator<Probe> {
      yield { text: 'first', n: 1 };
      await new Promise(() => {});
    })();

    const { status } = await outcome(start(probe.client, kind, {}, requests as never));

    expect(status).toMatchObject({ code: Code.PERMISSION_DENIED, message: 'not you' });
  });

  test('responses are read while requests are still to come', async () => {
    await using probe = await setup(transport);
    const replies: string[] = [];
    let next = gate<Probe | undefined>();
    const requests = (async function* (): AsyncGenerator<Probe> {
      for (;;) {
        const message = await next.promise;
        if (message === undefined) return;
        next = gate();
        yield message;
      }
    })();

    const call = probe.client.bidi(requests);
    for (const text of ['a', 'b', 'c']) {
      next.open({ text, n: 0 });
      replies.push((await call.next()).value.text);
      await Promise.resolve();
    }
    next.open(undefined);
    const last = await call.next();

    expect(replies).toEqual(['A', 'B', 'C']);
    expect(last.done).toBe(true);
    expect((await call.status).code).toBe(Code.OK);
  });

  test.each(['clientStream', 'bidi'] as const)(
    'requests of a %s that fail end the call with what they threw',
    async (kind) => {
      await using probe = await setup(transport);
      const requests = (async function* (): AsyncGenerator<Probe> {
        yield { text: 'a', n: 1 };
        throw new StatusError(Code.ABORTED, 'source broke');
      })();

      const { status } = await outcome(start(probe.client, kind, {}, requests as never));

      expect(status).toMatchObject({ code: Code.ABORTED, message: 'source broke', origin: 'local' });
    },
  );

  test.each(['clientStream', 'bidi'] as const)('a %s takes a plain list, an empty one too', async (kind) => {
    await using probe = await setup(transport);

    const some = await run(probe.client, kind, {}, [{ text: 'x', n: 4 }]);
    const none = await run(probe.client, kind, {}, []);

    expect(some.messages[0]).toMatchObject({ n: 4 });
    expect(none.status.code).toBe(Code.OK);
    expect(none.messages).toEqual(kind === 'bidi' ? [] : [{ text: '', n: 0 }]);
  });

  test.each(['clientStream', 'bidi'] as const)('a %s refuses what is no list at once', async (kind) => {
    await using probe = await setup(transport);
    const call = probe.client[kind] as (input: unknown) => unknown;

    for (const wrong of [undefined, null, 3, 'text', { text: 'a' }]) expect(() => call(wrong)).toThrow(TypeError);
  });

  test('status and trailer of a stream settle when the responses were read to their end', async () => {
    await using probe = await setup(transport);
    let settledEarly = false;

    const call = probe.client.serverStream({ text: '', n: 5 });
    void call.status.then(() => {
      settledEarly = true;
    });
    await call.next();
    await pause(20);
    const before = settledEarly;
    const rest: number[] = [];
    for await (const { n } of call) rest.push(n);

    expect(before).toBe(false);
    expect(rest).toEqual([2, 3, 4, 5]);
    expect((await call.status).code).toBe(Code.OK);
  });

  describe('large messages', () => {
    const large = 'y'.repeat(900_000);

    test('pass just below the limit, each way and in a row', async () => {
      await using probe = await setup(transport, {
        handlers: everyKind(async function* echoed(requests) {
          for await (const request of requests) yield request;
        }),
      });
      const many = Array.from({ length: 5 }, (_, n) => ({ text: large, n }));

      const one = await run(probe.client, 'unary', {}, many);
      const all = await run(probe.client, 'bidi', {}, many);

      expect(one.messages[0]!.text).toHaveLength(large.length);
      expect(all.messages.map(({ text, n }) => [text.length, n])).toEqual(many.map(({ text, n }) => [text.length, n]));
    });
  });
}

async function* counting(to: number): AsyncGenerator<Probe> {
  for (let n = 1; n <= to; n++) yield { text: '', n };
}

/** Waits until a number has stopped growing. */
async function settled(read: () => number): Promise<void> {
  for (let last = -1; last !== read(); ) {
    last = read();
    await pause(quietMs);
  }
}
