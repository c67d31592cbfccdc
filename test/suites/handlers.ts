import {
  type Call,
  Code,
  type Handlers,
  type Interceptor,
  type Logger,
  StatusError,
  silentLogger,
  statusFrom,
  streamsResponses,
} from 'flowrpc';
import { describe, expect, test } from 'vitest';
import { gate, pause, timed } from './gate.ts';
import { everyKind, kinds, run } from './kinds.ts';
import { echo, type Probe, type ProbeMethods } from './probe-service.ts';
import { setup, type TestTransport } from './transports.ts';

/** Handlers of every manner, and what is wrong with some: the process stays up and the caller is told (P-08). */
export function handlers(transport: TestTransport): void {
  describe.each(kinds)('%s', (kind) => {
    test.each([
      ['null', null],
      ['undefined', undefined],
      ['a string', 'password=hunter2'],
      ['a number', 7],
      ['an Error', new Error('password=hunter2')],
      ['an object without a prototype', Object.create(null)],
      ['an Error whose message is no text', Object.assign(new Error('x'), { message: { a: 1 } })],
      ['a symbol', Symbol('s')],
    ])('%s thrown is UNKNOWN with an error id, logged and never shown', async (_name, thrown) => {
      const logged: { message: string; fields: { errorId?: string; error?: unknown } }[] = [];
      const logger: Logger = {
        ...silentLogger,
        error: (message, fields = {}) => void logged.push({ message, fields }),
      };
      await using probe = await setup(transport, {
        server: { logger },
        handlers: everyKind(async function* failing(requests) {
          for await (const _ of requests) throw thrown;
          yield { text: '', n: 0 };
        }),
      });

      const { status } = await run(probe.client, kind);

      expect(status.code).toBe(Code.UNKNOWN);
      expect(status.message).toMatch(/^Internal error \(error id [0-9a-f]{8}\)$/);
      expect(logged).toHaveLength(1);
      expect(status.message).toContain(logged[0]!.fields.errorId);
      expect(logged[0]!.fields.error).toBe(thrown);
    });

    test.each([
      ['nothing', undefined],
      ['null', null],
      ['a number', 5],
      ['a text', 'text'],
    ])('G-11 %s given where a message or stream is wanted is an error of the server', async (_name, given) => {
      const wrong = (() => given) as never;
      const logged: { errorId: string }[] = [];
      const logger: Logger = { ...silentLogger, error: (_message, fields) => void logged.push(fields as never) };
      await using probe = await setup(transport, {
        server: { logger },
        handlers: { [kind]: wrong } as Handlers<ProbeMethods>,
      });

      const { status } = await run(probe.client, kind);

      // By reference no codec looks at a message.
      if (transport.bytes || streamsResponses(kind)) {
        expect(status.code).toBe(Code.INTERNAL);
        expect(status.message).toMatch(/^Internal error \(error id [0-9a-f]{8}\)$/);
        expect(logged).toMatchObject([{ method: `/suite.Probe/${kind[0]!.toUpperCase()}${kind.slice(1)}` }]);
        expect(status.message).toContain(logged[0]!.errorId);
      } else {
        expect(status.code).toBe(Code.OK);
      }
    });

    test.each([
      ['a text', 'text'],
      ['nothing', undefined],
    ])('G-11 %s in a stream is an error of the server', async (_name, given) => {
      await using probe = await setup(transport, {
        handlers: everyKind(async function* wrong() {
          yield given as never;
        }),
      });

      const { status } = await run(probe.client, kind);

      expect(status.code).toBe(transport.bytes ? Code.INTERNAL : Code.OK);
    });
  });

  test('plain values, promises, lists and generators all do', async () => {
    const forms: Handlers<ProbeMethods>[] = [
      { unary: ({ text }) => ({ text, n: 1 }), serverStream: () => [{ text: 'l', n: 1 }] },
      { unary: async ({ text }) => ({ text, n: 1 }), serverStream: () => new Set([{ text: 's', n: 1 }]) },
      {
        unary: ({ text }) => Promise.resolve({ text, n: 1 }),
        *serverStream() {
          yield { text: 'g', n: 1 };
        },
      },
    ];
    const seen: (readonly Probe[])[] = [];

    for (const handlersOf of forms) {
      await using probe = await setup(transport, { handlers: handlersOf });
      seen.push((await run(probe.client, 'unary')).messages, (await run(probe.client, 'serverStream')).messages);
    }

    const one = { text: 'a', n: 1 };
    expect(seen).toEqual([[one], [{ text: 'l', n: 1 }], [one], [{ text: 's', n: 1 }], [one], [{ text: 'g', n: 1 }]]);
  });

  test('handlers may be methods of an object, whose this they keep', async () => {
    class Greeter {
      readonly greeting = 'hello ';
      unary({ text, n }: Probe): Probe {
        return { text: this.greeting + text, n };
      }
    }
    await using probe = await setup(transport, { handlers: new Greeter() });

    expect(await probe.client.unary({ text: 'Ada', n: 1 })).toEqual({ text: 'hello Ada', n: 1 });
  });

  test('a stream that throws after some messages delivers those, then the error', async () => {
    await using probe = await setup(transport, {
      handlers: {
        async *serverStream() {
          yield { text: 'a', n: 1 };
          yield { text: 'b', n: 2 };
          throw new StatusError(Code.DATA_LOSS, 'rest is gone');
        },
      },
    });

    const { messages, status } = await run(probe.client, 'serverStream');

    expect(messages.map(({ n }) => n)).toEqual([1, 2]);
    expect(status).toMatchObject({ code: Code.DATA_LOSS, message: 'rest is gone' });
  });

  test('an iterator that goes on after its end, or throws when it is returned, harms nobody', async () => {
    const endless = {
      [Symbol.asyncIterator]: () => ({
        next: async () => ({ done: false as const, value: { text: 'x'.repeat(1_000), n: 1 } }),
        return: () => {
          throw new Error('no');
        },
      }),
    };
    await using probe = await setup(transport, { handlers: { serverStream: () => endless } });

    const call = probe.client.serverStream({ text: '', n: 0 });
    await call.next();
    await call.return();

    expect((await call.status).code).toBe(Code.CANCELLED);
    await pause(20);
  });

  test('a handler that rejects long after its call has ended is logged, and nobody else is told', timed, async () => {
    const late = gate();
    const logged: unknown[] = [];
    const logger: Logger = { ...silentLogger, debug: (message, fields) => void logged.push([message, fields]) };
    await using probe = await setup(transport, {
      server: { logger },
      handlers: {
        unary: async () => {
          await late.promise;
          throw new Error('too late');
        },
      },
    });

    const { status } = await run(probe.client, 'unary', { timeoutMs: 150 });
    await pause(10);
    late.open();

    expect(status.code).toBe(Code.DEADLINE_EXCEEDED);
    await expect
      .poll(() => logged)
      .toMatchObject([
        [/handler settled/, { method: '/suite.Probe/Unary', error: { message: 'too late' } }].map((part) =>
          part instanceof RegExp ? expect.stringMatching(part) : part,
        ),
      ]);
  });

  test(
    'D-10 a handler that goes on long after its call has ended is logged at warn, with its method',
    timed,
    async () => {
      const late = gate();
      const logged: unknown[] = [];
      const logger: Logger = { ...silentLogger, warn: (message, fields) => void logged.push([message, fields]) };
      await using probe = await setup(transport, {
        server: { logger },
        handlers: { unary: () => late.promise.then(() => ({ text: '', n: 0 })) },
      });

      const { status } = await run(probe.client, 'unary', { timeoutMs: 150 });
      const atWork = probe.server.stats.handlers;
      await pause(1_100);
      late.open();

      expect(status.code).toBe(Code.DEADLINE_EXCEEDED);
      await expect
        .poll(() => logged)
        .toMatchObject([
          ['handler settled after its call had ended', { method: '/suite.Probe/Unary', lateMs: expect.any(Number) }],
        ]);
      expect([atWork, probe.server.stats.handlers]).toEqual([1, 0]);
    },
  );

  test('what an interceptor returns after the caller was told is ignored, with a debug log', async () => {
    const late = gate();
    const logged: string[] = [];
    const logger: Logger = { ...silentLogger, debug: (message) => void logged.push(message) };
    const slow: Interceptor = async (call, next) => {
      const status = await next(call);
      await late.promise;
      return { ...status, trailer: status.trailer, code: Code.OK };
    };
    await using probe = await setup(transport, {
      server: { logger, interceptors: [slow], maxTimeoutMs: 30 },
      handlers: { unary: () => new Promise<never>(() => {}) },
    });

    const { status } = await run(probe.client, 'unary');
    late.open();

    expect(status.code).toBe(Code.DEADLINE_EXCEEDED);
    await expect.poll(() => logged).toContainEqual(expect.stringContaining('interceptors settled'));
  });

  test('concurrent respond() keeps the order of its calls, async maps included', async () => {
    const hurried: Interceptor = async (call) => {
      await Promise.all(Array.from({ length: 8 }, (_, n) => call.respond({ text: '', n })));
      return statusFrom(Code.OK);
    };
    const uneven: Interceptor = (call, next) =>
      next(
        call.mapResponses(async (message) => {
          await pause((7 - (message as Probe).n) % 3);
          return message;
        }),
      );
    await using probe = await setup(transport, { server: { interceptors: [uneven, hurried] } });

    const { messages, status } = await run(probe.client, 'bidi');

    expect(status).toMatchObject({ code: Code.OK, message: '' });
    expect(messages.map(({ n }) => n)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  test('more than 16 messages waiting unawaited reject, and end the call', async () => {
    const rejected: unknown[] = [];
    const flood: Interceptor = async (call) => {
      const text = 'x'.repeat(100_000);
      for (let n = 0; n < 500 && rejected.length === 0; n++) {
        Promise.resolve(call.respond({ text, n })).catch((error: unknown) => rejected.push(error));
        await Promise.resolve();
      }
      return statusFrom(Code.OK);
    };
    await using probe = await setup(transport, { server: { interceptors: [flood] } });

    const call = probe.client.serverStream({ text: '', n: 0 });
    await expect.poll(() => rejected.length).toBeGreaterThan(0);
    let read = 0;
    const error = await (async () => {
      for await (const _ of call) read += 1;
    })().catch((thrown: unknown) => thrown);

    expect(rejected[0]).toMatchObject({ code: Code.INTERNAL });
    expect(error).toMatchObject({ code: Code.INTERNAL });
    expect(read).toBeLessThan(500);
  });

  test('respond() after the end rejects with the final status', async () => {
    let kept: Call | undefined;
    const keep: Interceptor = async (call, next) => {
      kept = call;
      return next(call);
    };
    await using probe = await setup(transport, {
      server: { interceptors: [keep] },
      handlers: everyKind(() => {
        throw new StatusError(Code.ABORTED, 'over');
      }),
    });

    await run(probe.client, 'serverStream');

    await expect
      .poll(async () => Promise.resolve(kept!.respond({ text: '', n: 0 })).catch((error: StatusError) => error.code))
      .toBe(Code.ABORTED);
  });

  test('100 calls of every kind at once are answered, each with its own', async () => {
    await using probe = await setup(transport, { handlers: echo });

    const results = await Promise.all(
      Array.from({ length: 100 }, (_, n) => run(probe.client, kinds[n % 4]!, {}, [{ text: `t${n}`, n: 1 }])),
    );

    results.forEach(({ status, messages }, n) => {
      expect(status).toMatchObject({ code: Code.OK, message: '' });
      expect(messages.map(({ text }) => text.toLowerCase())).toEqual([`t${n}`]);
    });
  });
}
