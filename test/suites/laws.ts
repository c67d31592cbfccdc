import {
  type Call,
  type CancelReason,
  Code,
  type Interceptor,
  key,
  Metadata,
  only,
  type Status,
  StatusError,
  statusFrom,
  streamsRequests,
} from 'flowrpc';
import { describe, expect, test } from 'vitest';
import { aborted, timed } from './gate.ts';
import { everyKind, type Kind, kinds, run, type Side, shout, shouted, sides, start, texts } from './kinds.ts';
import { type Probe, ProbeService } from './probe-service.ts';
import { onSide, setup, type TestTransport } from './transports.ts';

/** The seven laws of the contract, for four kinds and two sides. */
export function laws(transport: TestTransport): void {
  describe.each(sides)(`laws, ${transport.name}, %s`, (side) => {
    describe.each(kinds)('%s', (kind) => {
      order(transport, side, kind);
      statuses(transport, side, kind);
      derivation(transport, side, kind);
      maps(transport, side, kind);
      folding(transport, side, kind);
    });
  });
}

function order(transport: TestTransport, side: Side, kind: Kind): void {
  test('law 1: the first interceptor is the outermost, list by list', async () => {
    const log: string[] = [];
    const inner = { interceptors: [traced('c', log)] };
    const outer = onSide(side, traced('a', log), traced('b', log));
    await using probe = await setup(transport, {
      handlers: everyKind(shout),
      ...outer,
      add: side === 'server' ? inner : {},
    });
    const client = side === 'client' ? probe.channel.client(ProbeService, inner) : probe.client;

    const result = await run(client, kind);

    expect(texts(result)).toEqual(shouted(kind));
    expect(log).toEqual(['a>', 'b>', 'c>', 'c<0', 'b<0', 'a<0']);
  });
}

function statuses(transport: TestTransport, side: Side, kind: Kind): void {
  test.each([
    ['null', null],
    ['undefined', undefined],
    ['a string', 'text'],
    ['an Error', new Error('secret')],
    ['an object that cannot be printed', Object.create(null)],
  ])('law 2: next never rejects when %s is thrown below', async (_name, thrown) => {
    const seen: Status[] = [];
    const thrower: Interceptor = () => {
      throw thrown;
    };
    await using probe = await setup(transport, {
      handlers: everyKind(shout),
      ...onSide(side, recorder(seen), thrower),
    });

    const { status } = await run(probe.client, kind);

    expect(seen).toMatchObject([{ code: Code.UNKNOWN }]);
    expect(status.code).toBe(Code.UNKNOWN);
  });

  test.each([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'ok'],
    ['a code alone', { code: 0 }],
    ['a code out of range', { code: 99, message: '' }],
  ])('law 2: an interceptor that returns %s ends the call with UNKNOWN', async (_name, returned) => {
    const wrong = (async () => returned) as unknown as Interceptor;
    await using probe = await setup(transport, { handlers: everyKind(shout), ...onSide(side, wrong) });

    const { status } = await run(probe.client, kind);

    expect(status.code).toBe(Code.UNKNOWN);
  });

  test('law 2: what next gives is final, after the last message', async () => {
    let delivered = 0;
    let atEnd = -1;
    const count: Interceptor = async (call, next) => {
      const counted = call.mapResponses((message) => {
        delivered += 1;
        return message;
      });
      const status = await next(counted);
      atEnd = delivered;
      return status;
    };
    await using probe = await setup(transport, { handlers: everyKind(shout), ...onSide(side, count) });

    const result = await run(probe.client, kind);

    expect(result.status.code).toBe(Code.OK);
    expect(atEnd).toBe(result.messages.length);
    expect(delivered).toBe(atEnd);
  });

  test('law 2: the expiry of a deadline passes through the chain', timed, async () => {
    const seen: Status[] = [];
    await using probe = await setup(transport, { handlers: everyKind(hang), ...onSide(side, recorder(seen)) });

    const { status } = await run(probe.client, kind, { timeoutMs: 100 });

    expect(status.code).toBe(Code.DEADLINE_EXCEEDED);
    await expect.poll(() => seen.length).toBe(1);
    expect(expiry(transport, side)).toContain(seen[0]!.code);
  });

  test('law 2: a cancellation passes through the chain', async () => {
    const seen: Status[] = [];
    await using probe = await setup(transport, { handlers: everyKind(hang), ...onSide(side, recorder(seen)) });
    const controller = new AbortController();

    const running = run(probe.client, kind, { signal: controller.signal });
    setTimeout(() => controller.abort(new Error('enough')), 20);
    const { status } = await running;

    expect(status.code).toBe(Code.CANCELLED);
    await expect.poll(() => seen.map(({ code }) => code)).toEqual([Code.CANCELLED]);
  });

  test('law 2: a call to an unknown method passes through the chain of the server, not of a service', async () => {
    const log: string[] = [];
    const watch: Interceptor = async (call, next) => {
      const status = await next(call);
      log.push(`${call.method.known} ${call.method.path} ${status.code}`);
      return status;
    };
    await using probe = await setup(transport, {
      ...onSide(side, watch),
      add: { interceptors: [traced('service', log)] },
    });

    const status =
      kind === 'unary' || kind === 'serverStream'
        ? await probe.channel.call('/no.Such/Method', new Uint8Array(3)).status
        : await outcomeOfRaw(probe.channel.stream('/no.Such/Method', [new Uint8Array(3)]));

    expect(status.code).toBe(Code.UNIMPLEMENTED);
    expect(log).toEqual([`${side === 'client'} /no.Such/Method 12`]);
  });
}

function derivation(transport: TestTransport, side: Side, kind: Kind): void {
  test('law 4: a call derives and never changes', async () => {
    const tag = key<string>('tag');
    let before: Call | undefined;
    const derive: Interceptor = (call, next) => {
      before = call;
      const derived = call
        .with(tag, 'set')
        .withMetadata((metadata) => metadata.set('x-added', '1'))
        .withTimeout(5_000)
        .withSignal(new AbortController().signal);
      expect(derived.get(tag)).toBe('set');
      expect(derived.metadata.get('x-added')).toBe('1');
      expect(derived.deadline).toBeLessThanOrEqual(Date.now() + 5_000);
      return next(derived);
    };
    await using probe = await setup(transport, { handlers: everyKind(shout), ...onSide(side, derive) });

    const { status } = await run(probe.client, kind);

    expect(status).toMatchObject({ code: Code.OK, message: '' });
    expect(before!.get(tag)).toBeUndefined();
    expect(before!.metadata.has('x-added')).toBe(false);
    expect(before!.deadline).toBeGreaterThan(Date.now() + 10_000);
  });

  test('law 4: invoke refuses a call that was not derived', async () => {
    const refused: unknown[] = [];
    const copying: Interceptor = async (call, next) => {
      for (const fake of [{ ...call }, null, 1]) {
        try {
          await next(fake as unknown as Call);
        } catch (error) {
          refused.push(error);
        }
      }
      return next(call);
    };
    await using probe = await setup(transport, { handlers: everyKind(shout), ...onSide(side, copying) });

    const { status } = await run(probe.client, kind);

    expect(status).toMatchObject({ code: Code.OK, message: '' });
    expect(refused).toHaveLength(3);
    for (const error of refused) expect(error).toBeInstanceOf(TypeError);
  });

  test('law 4: a second attempt starts clean, from the first message', async () => {
    const twice: Interceptor = async (call, next) => {
      const again = call.replayable(10_000);
      await next(again.withResponses({ message() {} }));
      return next(again);
    };
    await using probe = await setup(transport, { handlers: everyKind(shout), ...onSide(side, twice) });

    const result = await run(probe.client, kind);

    expect(result.status).toMatchObject({ code: Code.OK, message: '' });
    expect(texts(result)).toEqual(shouted(kind));
  });

  if (side === 'server') {
    test('law 4: what a failed attempt put into the header does not stay, what stands in front of it does', async () => {
      let attempt = 0;
      const twice: Interceptor = async (call, next) => {
        call.sendHeader(new Metadata({ 'x-chain': '1' }));
        const again = call.replayable(10_000);
        await next(again);
        return next(again);
      };
      await using probe = await setup(transport, {
        server: { interceptors: [twice] },
        handlers: everyKind(async function* second(requests, context) {
          attempt += 1;
          context.header.set(`x-attempt-${attempt}`, '1');
          context.trailer.set(`x-attempt-${attempt}`, '1');
          if (attempt === 1) throw new StatusError(Code.UNAVAILABLE, 'Not yet');
          yield* shout(requests, context);
        }),
      });

      const { status, header } = await run(probe.client, kind);

      expect(status).toMatchObject({ code: Code.OK, message: '' });
      expect([...header.keys()].filter((key) => key.startsWith('x-'))).toEqual(['x-chain', 'x-attempt-2']);
      expect([...status.trailer.keys()]).toEqual(['x-attempt-2']);
    });
  }

  test('law 4: without replayable a stream of requests cannot be read twice', async () => {
    const twice: Interceptor = async (call, next) => {
      await next(call.withResponses({ message() {} }));
      return next(call);
    };
    await using probe = await setup(transport, { handlers: everyKind(shout), ...onSide(side, twice) });

    const { status } = await run(probe.client, kind);

    expect(status.code).toBe(streamsRequests(kind) ? Code.INTERNAL : Code.OK);
  });

  test('law 4: more than the replay buffer holds commits the call and lets this attempt go on', async () => {
    let committed: boolean | undefined;
    let second: Status | undefined;
    const twice: Interceptor = async (call, next) => {
      const again = call.replayable(10);
      const swallow = again.withResponses({ header() {}, message() {} });
      const first = await next(swallow);
      committed = call.committed;
      second = await next(swallow);
      return first;
    };
    const seen: Probe[] = [];
    await using probe = await setup(transport, {
      handlers: everyKind(async function* collect(requests) {
        for await (const request of requests) seen.push(request);
        yield { text: '', n: 0 };
      }),
      ...onSide(side, twice),
    });

    await run(probe.client, kind);

    expect(committed).toBe(streamsRequests(kind));
    expect(second!.code).toBe(streamsRequests(kind) ? Code.INTERNAL : Code.OK);
    expect(seen).toHaveLength(2);
  });
}

function maps(transport: TestTransport, side: Side, kind: Kind): void {
  test('law 5: requests meet the maps outermost first, responses innermost first', async () => {
    const mark =
      (name: string, late: boolean): Interceptor =>
      (call, next) => {
        const add = (message: unknown): unknown => {
          const marked = { ...(message as Probe), text: `${(message as Probe).text}${name}` };
          return late ? Promise.resolve(marked) : marked;
        };
        return next(call.mapRequests(add).mapResponses(add));
      };
    await using probe = await setup(transport, {
      handlers: everyKind(async function* echoed(requests) {
        for await (const { text, n } of requests) yield { text: `${text}|`, n };
      }),
      ...onSide(side, mark('1', true), mark('2', false)),
    });

    const result = await run(probe.client, kind);

    expect(result.status).toMatchObject({ code: Code.OK, message: '' });
    for (const text of texts(result)) expect(text).toMatch(/^[ab]12\|21$/);
  });

  test.each(['requests', 'responses'] as const)(
    'a map of %s that throws ends the call, whatever the handler does',
    async (what) => {
      const failing: Interceptor = (call, next) => {
        const fail = (): never => {
          throw new StatusError(Code.FAILED_PRECONDITION, 'no');
        };
        return next(what === 'requests' ? call.mapRequests(fail) : call.mapResponses(fail));
      };
      const swallow = everyKind(async function* swallow(requests) {
        try {
          for await (const request of requests) yield request;
        } catch {
          yield { text: 'fine', n: 0 };
        }
      });
      await using probe = await setup(transport, { handlers: swallow, ...onSide(side, failing) });

      const { status } = await run(probe.client, kind);

      expect(status).toMatchObject({ code: Code.FAILED_PRECONDITION, message: 'no' });
    },
  );
}

function folding(transport: TestTransport, side: Side, kind: Kind): void {
  test('law 6: a chain is folded once, not once per call', async () => {
    let asked = 0;
    const scope = only(
      ({ known, name }) => {
        if (known && name.toLowerCase() === kind.toLowerCase()) asked += 1;
        return true;
      },
      (call, next) => next(call),
    );
    await using probe = await setup(transport, { handlers: everyKind(shout), ...onSide(side, scope) });

    for (let n = 0; n < 5; n++) expect((await run(probe.client, kind)).status.code).toBe(Code.OK);

    expect(asked).toBe(1);
  });

  test(
    'the innermost invoke resolves at once for a handler that never settles, and its signal tells why',
    timed,
    async () => {
      const reasons: unknown[] = [];
      await using probe = await setup(transport, {
        handlers: everyKind(async function* stuck(_requests, { signal }) {
          void aborted(signal).then((reason) => reasons.push(reason));
          await new Promise(() => {});
          yield { text: '', n: 0 };
        }),
        ...onSide(side, (call, next) => next(call.withTimeout(100))),
      });

      const call = start(probe.client, kind);
      const { status } = await run(probe.client, kind);
      const iterated = 'then' in call ? call.catch(() => {}) : call.next().catch(() => {});
      await iterated;

      expect(status.code).toBe(Code.DEADLINE_EXCEEDED);
      await expect.poll(() => reasons.length).toBe(2);
      for (const reason of reasons) expect(expiry(transport, 'server')).toContain((reason as CancelReason).code);
    },
  );

  test('an answer without a message is INTERNAL where one is wanted', async () => {
    const empty: Interceptor = async () => statusFrom(Code.OK);
    await using probe = await setup(transport, { handlers: everyKind(shout), ...onSide(side, empty) });

    const result = await run(probe.client, kind);

    expect(result.messages).toEqual([]);
    expect(result.status.code).toBe(kind === 'unary' || kind === 'clientStream' ? Code.INTERNAL : Code.OK);
  });

  test('two messages where one is wanted are INTERNAL, or UNIMPLEMENTED for a client', async () => {
    const double: Interceptor = async (call) => {
      for (const text of ['x', 'y']) {
        try {
          await call.respond({ text, n: 0 });
        } catch {
          // The status says it again.
        }
      }
      return statusFrom(Code.OK);
    };
    await using probe = await setup(transport, { handlers: everyKind(shout), ...onSide(side, double) });

    const { status } = await run(probe.client, kind);

    const wrong = side === 'client' ? Code.UNIMPLEMENTED : Code.INTERNAL;
    expect(status.code).toBe(kind === 'unary' || kind === 'clientStream' ? wrong : Code.OK);
  });
}

async function outcomeOfRaw(call: AsyncIterable<unknown> & { readonly status: Promise<Status> }): Promise<Status> {
  try {
    for await (const _ of call);
  } catch {
    // Told again by the status.
  }
  return call.status;
}

/** A caller whose deadline passed may reset the stream a moment before the server's own timer fires. */
function expiry({ wire }: TestTransport, side: Side): readonly Code[] {
  return wire && side === 'server' ? [Code.DEADLINE_EXCEEDED, Code.CANCELLED] : [Code.DEADLINE_EXCEEDED];
}

const hang = async function* hang(): AsyncGenerator<Probe> {
  await new Promise(() => {});
  yield { text: '', n: 0 };
};

function traced(name: string, log: string[]): Interceptor {
  return async (call, next) => {
    log.push(`${name}>`);
    const status = await next(call);
    log.push(`${name}<${status.code}`);
    return status;
  };
}

function recorder(seen: Status[]): Interceptor {
  return async (call, next) => {
    const status = await next(call);
    seen.push(status);
    return status;
  };
}
