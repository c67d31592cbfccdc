import { Code, type Interceptor, Metadata, type Status, StatusError, statusFrom, streamsResponses } from 'flowrpc';
import { describe, expect, test } from 'vitest';
import { aborted, gate, pause } from './gate.ts';
import { type AnyHandler, everyKind, type Kind, kinds, run, type Side, shout, shouted, sides, texts } from './kinds.ts';
import type { Probe } from './probe-service.ts';
import { onSide, setup, type TestTransport } from './transports.ts';

/** What people write against the contract, each a few lines that work for four kinds on both sides. */
export function programs(transport: TestTransport): void {
  describe.each(sides)(`programs, ${transport.name}, %s`, (side) => {
    describe.each(kinds)('%s', (kind) => {
      adding(transport, side, kind);
      attempts(transport, side, kind);
      messages(transport, side, kind);
    });
  });
}

function adding(transport: TestTransport, side: Side, kind: Kind): void {
  test('add metadata', async () => {
    let seen: readonly string[] = [];
    const add: Interceptor = (call, next) =>
      next(call.withMetadata((metadata) => metadata.append('x-tag', 'one').append('x-tag', 'two')));
    await using probe = await setup(transport, {
      handlers: everyKind(async function* look(requests, { metadata }) {
        seen = metadata.getAll('x-tag');
        yield* shout(requests, undefined as never);
      }),
      ...onSide(side, add),
    });

    const { status } = await run(probe.client, kind);

    expect(status.code).toBe(Code.OK);
    expect(seen).toEqual(['one', 'two']);
  });

  test('cache replies', async () => {
    let handled = 0;
    const replies = new Map<string, unknown[]>();
    const cache: Interceptor = async (call, next) => {
      const known = replies.get(call.method.path);
      if (known !== undefined) {
        for (const message of known) await call.respond(message);
        return statusFrom(Code.OK);
      }
      const kept: unknown[] = [];
      const keep = (message: unknown): unknown => {
        kept.push(message);
        return message;
      };
      const status = await next(call.mapResponses(keep));
      if (status.code === Code.OK) replies.set(call.method.path, kept);
      return status;
    };
    await using probe = await setup(transport, {
      handlers: everyKind((requests, context) => {
        handled += 1;
        return shout(requests, context);
      }),
      ...onSide(side, cache),
    });

    const first = await run(probe.client, kind);
    const second = await run(probe.client, kind);

    expect(handled).toBe(1);
    expect(texts(first)).toEqual(shouted(kind));
    expect(texts(second)).toEqual(shouted(kind));
    expect(second.status.code).toBe(Code.OK);
  });

  test('set a header on the error path', async () => {
    const explain: Interceptor = async (call, next) => {
      const status = await next(call);
      if (status.code !== Code.OK) call.sendHeader(new Metadata({ 'x-failed': String(status.code) }));
      return status;
    };
    await using probe = await setup(transport, {
      handlers: everyKind(() => {
        throw new StatusError(Code.ABORTED, 'no luck');
      }),
      ...onSide(side, explain),
    });

    const { status, header } = await run(probe.client, kind);

    expect(status).toMatchObject({ code: Code.ABORTED, message: 'no luck' });
    expect(header.get('x-failed')).toBe('10');
  });
}

function attempts(transport: TestTransport, side: Side, kind: Kind): void {
  test('retry', async () => {
    let tries = 0;
    const again: Interceptor = async (call, next) => {
      const repeatable = call.replayable(1_000);
      for (let attempt = 1; ; attempt++) {
        const status = await next(repeatable);
        if (status.code !== Code.UNAVAILABLE || call.committed || attempt === 3) return status;
      }
    };
    const flaky: AnyHandler = async function* flaky(requests, context) {
      tries += 1;
      const [attempt] = [tries];
      if (attempt === 2) for await (const _ of requests) break;
      if (attempt < 3) throw new StatusError(Code.UNAVAILABLE, 'not yet');
      yield* shout(requests, context);
    };
    await using probe = await setup(transport, { handlers: everyKind(flaky), ...onSide(side, again) });

    const result = await run(probe.client, kind);

    expect(result.status).toMatchObject({ code: Code.OK, message: '' });
    expect(tries).toBe(3);
    expect(texts(result)).toEqual(shouted(kind));
  });

  test('cut an attempt, whose handler then answers late', async () => {
    let tries = 0;
    const started = gate();
    const resume = gate();
    const cutting: Interceptor = async (call, next) => {
      const repeatable = call.replayable(1_000);
      const cut = new AbortController();
      void started.promise.then(() => cut.abort());
      const first = await next(repeatable.withSignal(cut.signal));
      expect(first.code).toBe(Code.CANCELLED);
      resume.open();
      await pause(5);
      return next(repeatable);
    };
    const sleepy: AnyHandler = async function* sleepy(requests, context) {
      tries += 1;
      if (tries > 1) return yield* shout(requests, context);
      started.open();
      await resume.promise;
      yield { text: 'late', n: 0 };
    };
    await using probe = await setup(transport, { handlers: everyKind(sleepy), ...onSide(side, cutting) });

    const result = await run(probe.client, kind);

    expect(result.status).toMatchObject({ code: Code.OK, message: '' });
    expect(texts(result)).toEqual(shouted(kind));
  });

  test('hedge and cancel the loser', async () => {
    let tries = 0;
    const lost: unknown[] = [];
    const hedge: Interceptor = async (call, next) => {
      const shared = call.replayable(1_000);
      const attempt = async (signal: AbortSignal): Promise<{ status: Status; kept: unknown[] }> => {
        const kept: unknown[] = [];
        const status = await next(
          shared.withSignal(signal).withResponses({ message: (message) => void kept.push(message) }),
        );
        return { status, kept };
      };
      const loser = new AbortController();
      const slow = attempt(loser.signal);
      const winner = await Promise.race([slow, attempt(new AbortController().signal)]);
      loser.abort(new Error('too slow'));
      expect((await slow).status.code).toBe(Code.CANCELLED);
      for (const message of winner.kept) await call.respond(message);
      return winner.status;
    };
    const uneven: AnyHandler = async function* uneven(requests, context) {
      tries += 1;
      if (tries === 1) {
        lost.push(await aborted(context.signal));
        return;
      }
      yield* shout(requests, context);
    };
    await using probe = await setup(transport, { handlers: everyKind(uneven), ...onSide(side, hedge) });

    const result = await run(probe.client, kind);

    expect(result.status).toMatchObject({ code: Code.OK, message: '' });
    expect(texts(result)).toEqual(shouted(kind));
    await expect.poll(() => lost).toMatchObject([{ code: Code.CANCELLED }]);
  });
}

function messages(transport: TestTransport, side: Side, kind: Kind): void {
  test('count and buffer requests', async () => {
    let count = 0;
    const buffer: Interceptor = async (call, next) => {
      const kept: unknown[] = [];
      for await (const request of call.requests) kept.push(request);
      count = kept.length;
      return next(call.withRequests(from(kept.reverse())));
    };
    await using probe = await setup(transport, { handlers: everyKind(shout), ...onSide(side, buffer) });

    const result = await run(probe.client, kind);

    expect(result.status).toMatchObject({ code: Code.OK, message: '' });
    expect(count).toBe(kind === 'unary' || kind === 'serverStream' ? 1 : 2);
    expect(texts(result)).toEqual({ unary: ['A'], serverStream: ['A'], clientStream: ['A'], bidi: ['B', 'A'] }[kind]);
  });

  test('replace the response stream', async () => {
    const replace: Interceptor = async (call, next) => {
      const kept: Probe[] = [];
      const status = await next(call.withResponses({ message: (message) => void kept.push(message as Probe) }));
      if (streamsResponses(kind)) await call.respond({ text: 'first', n: 0 });
      for (const { text, n } of kept) await call.respond({ text: `${text}!`, n });
      return status;
    };
    await using probe = await setup(transport, { handlers: everyKind(shout), ...onSide(side, replace) });

    const result = await run(probe.client, kind);

    expect(result.status).toMatchObject({ code: Code.OK, message: '' });
    const marked = shouted(kind).map((text) => `${text}!`);
    expect(texts(result)).toEqual(streamsResponses(kind) ? ['first', ...marked] : marked);
  });
}

async function* from(messages: readonly unknown[]): AsyncGenerator<unknown> {
  yield* messages;
}
