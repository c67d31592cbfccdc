import {
  type Client,
  Code,
  type ConnectOptions,
  current,
  detached,
  type HandlerContext,
  type Interceptor,
  parseTrace,
  type Server,
  type ServerOptions,
} from 'flowrpc';
import { describe, expect, test } from 'vitest';
import { aborted, gate, pause, timed } from './gate.ts';
import { everyKind, kinds, outcome, run, shout, start } from './kinds.ts';
import type { Probe, ProbeMethods } from './probe-service.ts';
import { type Setup, setup, type TestTransport } from './transports.ts';

type Next = Client<ProbeMethods>;
type Hop = (request: Probe, context: HandlerContext, next: Next) => AsyncIterable<Probe>;

/** Two servers: the first one's handlers run `hop`, which gets a client of the second; that one notes what it sees. */
interface Chain extends AsyncDisposable {
  readonly client: Next;
  /** The first server. */
  readonly middle: Server;
  /** The contexts of the calls that reached the second server. */
  readonly seen: HandlerContext[];
}

interface ChainOptions {
  server?: ServerOptions;
  /** Of the channel between the two. */
  between?: ConnectOptions;
  /** Of the second server's handlers; default echoes. */
  last?: Parameters<typeof everyKind>[0];
  /** Leave connecting to the first call between the two. */
  lazy?: boolean;
}

async function chain(
  transport: TestTransport,
  hop: Hop,
  { server, between, last = shout, lazy }: ChainOptions = {},
): Promise<Chain> {
  const seen: HandlerContext[] = [];
  const second: Setup = await setup(transport, {
    client: between,
    lazy,
    handlers: everyKind((requests, context) => {
      seen.push(context);
      return last(requests, context);
    }),
  });
  const first = await setup(transport, {
    server,
    handlers: everyKind(async function* relay(requests, context) {
      for await (const request of requests) yield* hop(request, context, second.client);
    }),
  });
  return {
    client: first.client,
    middle: first.server,
    seen,
    [Symbol.asyncDispose]: async () => {
      await first[Symbol.asyncDispose]();
      await second[Symbol.asyncDispose]();
    },
  };
}

const forwardOnce: Hop = async function* forwardOnce(request, _context, next) {
  yield await next.unary(request);
};

const trace = { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`, tracestate: 'vendor=1', baggage: 'k=v' };

/** Deadline, cancellation and trace follow to the next hop by themselves; metadata only by name (law 7). */
export function propagation(transport: TestTransport): void {
  describe('deadline', () => {
    test.each(kinds)('%s: the next hop gets the nearer of its own and its parent’s', async (kind) => {
      await using hops = await chain(transport, async function* both(request, _context, next) {
        yield await next.unary(request);
        yield await next.unary(request, { timeoutMs: 1_000 });
        yield await next.unary(request, { timeoutMs: 60_000 });
      });
      const deadline = Date.now() + 10_000;

      const { status } = await run(hops.client, kind, { deadline }, [{ text: '', n: 0 }]);

      expect(status).toMatchObject({ code: Code.OK, message: '' });
      const [inherited, own, longer] = hops.seen.map((context) => context.deadline);
      expect(Math.abs(inherited! - deadline)).toBeLessThan(100);
      expect(own).toBeLessThan(Date.now() + 1_100);
      expect(Math.abs(longer! - deadline)).toBeLessThan(100);
    });

    test('its expiry ends every hop', timed, async () => {
      await using hops = await chain(transport, forwardOnce, {
        async *last() {
          await new Promise(() => {});
        },
      });

      const { status } = await run(hops.client, 'unary', { timeoutMs: 200 });

      expect(status.code).toBe(Code.DEADLINE_EXCEEDED);
      await expect.poll(() => hops.seen[0]!.signal.aborted).toBe(true);
    });

    test('what an interceptor bounds, nested calls are bounded by', async () => {
      const bound: Interceptor = (call, next) => next(call.withTimeout(2_000));
      await using hops = await chain(transport, forwardOnce, { server: { interceptors: [bound] } });

      await run(hops.client, 'unary', { timeoutMs: 20_000 });

      expect(hops.seen[0]!.deadline).toBeLessThan(Date.now() + 2_100);
    });
  });

  describe('cancellation', () => {
    test.each(kinds)('%s: a parent that is cancelled cancels its child, which is told so', async (kind) => {
      const reached = gate();
      const reason = gate<unknown>();
      const child = gate<unknown>();
      await using hops = await chain(
        transport,
        async function* nested(request, _context, next) {
          const call = next.unary(request);
          void call.status.then(child.open);
          yield await call;
        },
        {
          async *last(_requests, { signal }) {
            void aborted(signal).then(reason.open);
            reached.open();
            await new Promise(() => {});
          },
        },
      );

      const call = start(hops.client, kind, {}, [{ text: '', n: 0 }]);
      const ending = outcome(call);
      await reached.promise;
      call.cancel();
      await ending;

      expect(await child.promise).toMatchObject({
        code: Code.CANCELLED,
        message: 'The call this one belongs to was cancelled',
        origin: 'local',
      });
      expect(await reason.promise).toMatchObject({ code: Code.CANCELLED, kind: 'client-gone' });
    });

    test('a call that ends cancels nothing that it started', async () => {
      const resume = gate();
      const child = gate<unknown>();
      await using hops = await chain(
        transport,
        async function* leave(request, _context, next) {
          void next.unary(request).status.then(child.open);
          yield request;
        },
        {
          async *last(requests, context) {
            await resume.promise;
            yield* shout(requests, context);
          },
        },
      );

      const { status } = await run(hops.client, 'unary');
      await expect.poll(() => hops.seen.length).toBe(1);
      resume.open();

      expect(status.code).toBe(Code.OK);
      expect(await child.promise).toMatchObject({ code: Code.OK });
    });

    test('a deadline stays with a child that outlives its parent', timed, async () => {
      const child = gate<unknown>();
      await using hops = await chain(
        transport,
        async function* leave(request, _context, next) {
          void next.unary(request).status.then(child.open);
          yield request;
        },
        {
          async *last() {
            await new Promise(() => {});
          },
        },
      );

      const { status } = await run(hops.client, 'unary', { timeoutMs: 300 });

      expect(status.code).toBe(Code.OK);
      expect(await child.promise).toMatchObject({ code: Code.DEADLINE_EXCEEDED });
    });
  });

  describe('trace', () => {
    test.each(kinds)('%s: the next hop is of the same trace, with a span of its own', async (kind) => {
      await using hops = await chain(transport, forwardOnce);

      await run(hops.client, kind, { metadata: trace }, [{ text: '', n: 0 }]);

      const { metadata } = hops.seen[0]!;
      expect(parseTrace(metadata)).toMatchObject({ traceId: 'a'.repeat(32), sampled: true, state: 'vendor=1' });
      expect(parseTrace(metadata)!.spanId).not.toBe('b'.repeat(16));
      expect(metadata.get('baggage')).toBe('k=v');
    });

    test('minted when absent, one for all that a call does', async () => {
      await using hops = await chain(transport, async function* twice(request, context, next) {
        yield await next.unary(request);
        yield await next.unary(request, { parent: context });
      });

      await run(hops.client, 'unary');
      await run(hops.client, 'unary');

      const traces = hops.seen.map(({ metadata }) => parseTrace(metadata)!);
      expect(new Set(traces.map(({ traceId }) => traceId)).size).toBe(2);
      expect(new Set(traces.map(({ spanId }) => spanId)).size).toBe(4);
    });

    test('minted when absent, also where nobody sent one and an interceptor derived the call', async () => {
      const derive: Interceptor = (call, next) =>
        next(call.withTimeout(5_000).withMetadata((metadata) => metadata.delete('traceparent')));
      await using hops = await chain(
        transport,
        async function* twice(request, context, next) {
          yield await next.unary(request);
          yield await next.unary(request, { parent: context });
        },
        { server: { interceptors: [derive] } },
      );

      await run(hops.client, 'unary');

      const ids = hops.seen.map(({ metadata }) => parseTrace(metadata)!.traceId);
      expect(new Set(ids).size).toBe(1);
    });

    test('a channel may send none', async () => {
      await using hops = await chain(transport, forwardOnce, { between: { trace: false } });

      await run(hops.client, 'unary', { metadata: trace });

      expect(hops.seen[0]!.metadata.has('traceparent')).toBe(false);
    });
  });

  describe('metadata', () => {
    const sent = { 'x-tenant': ['a', 'b'], 'x-other': '1', authorization: 'Bearer t', 'x-data-bin': Uint8Array.of(1) };

    test('nothing is forwarded by itself', async () => {
      await using hops = await chain(transport, forwardOnce);

      await run(hops.client, 'unary', { metadata: sent });

      for (const key of Object.keys(sent)) expect(hops.seen[0]!.metadata.has(key)).toBe(false);
    });

    test('keys on the forward list of a server are, whatever their case', async () => {
      await using hops = await chain(transport, forwardOnce, { server: { forward: ['X-Tenant', 'x-data-bin'] } });

      await run(hops.client, 'unary', { metadata: sent });

      const { metadata } = hops.seen[0]!;
      expect(metadata.getAll('x-tenant')).toEqual(['a', 'b']);
      expect([...metadata.get('x-data-bin')!]).toEqual([1]);
      expect([metadata.has('x-other'), metadata.has('authorization')]).toEqual([false, false]);
    });

    test('authorization is when a channel names it', async () => {
      await using hops = await chain(transport, forwardOnce, { between: { forward: ['authorization'] } });

      await run(hops.client, 'unary', { metadata: sent });

      expect(hops.seen[0]!.metadata.get('authorization')).toBe('Bearer t');
    });

    test('what a call sets itself stays', async () => {
      await using hops = await chain(
        transport,
        async function* own(request, _context, next) {
          yield await next.unary(request, { metadata: { 'x-tenant': 'mine' } });
        },
        { server: { forward: ['x-tenant'] } },
      );

      await run(hops.client, 'unary', { metadata: sent });

      expect(hops.seen[0]!.metadata.getAll('x-tenant')).toEqual(['mine']);
    });
  });

  describe('opting out and in', () => {
    test.each([
      ['detached()', (next: Next, request: Probe) => detached(() => next.unary(request))],
      ['parent: null', (next: Next, request: Probe) => next.unary(request, { parent: null })],
    ])('%s: no deadline, cancellation, trace or metadata of the call around it', async (_name, callOut) => {
      await using hops = await chain(
        transport,
        async function* outside(request, _context, next) {
          yield await callOut(next, request);
        },
        { server: { forward: ['x-tenant'] } },
      );

      await run(hops.client, 'unary', { timeoutMs: 5_000, metadata: { ...trace, 'x-tenant': 'a' } });

      const { deadline, metadata } = hops.seen[0]!;
      expect(deadline).toBeGreaterThan(Date.now() + 20_000);
      expect(parseTrace(metadata)!.traceId).not.toBe('a'.repeat(32));
      expect(metadata.has('x-tenant')).toBe(false);
    });

    test('parent: a context brings its deadline, trace and metadata where there is no call around', async () => {
      await using hops = await chain(
        transport,
        async function* inside(request, context, next) {
          yield await detached(() => next.unary(request, { parent: context }));
        },
        { server: { forward: ['x-tenant'] } },
      );

      await run(hops.client, 'unary', { timeoutMs: 5_000, metadata: { ...trace, 'x-tenant': 'a' } });

      const { deadline, metadata } = hops.seen[0]!;
      expect(deadline).toBeLessThan(Date.now() + 5_100);
      expect(parseTrace(metadata)!.traceId).toBe('a'.repeat(32));
      expect(metadata.get('x-tenant')).toBe('a');
    });

    test('current() is the call in its handler, also after awaits, and nothing in detached()', async () => {
      const seen: unknown[] = [];
      await using probe = await setup(transport, {
        handlers: everyKind(async function* look() {
          await pause(1);
          seen.push(current()?.method.localName, detached(current));
          yield { text: '', n: 0 };
          seen.push(current()?.method.localName);
        }),
      });

      for (const kind of kinds) await run(probe.client, kind);

      expect(seen).toEqual(kinds.flatMap((kind) => [kind, undefined, kind]));
      expect(current()).toBeUndefined();
    });
  });

  describe('traps', () => {
    test('a generator that calls out after its second message is still part of its call', async () => {
      await using hops = await chain(transport, async function* late(request, _context, next) {
        yield request;
        yield request;
        yield await next.unary(request);
      });

      const { status } = await run(hops.client, 'serverStream', { timeoutMs: 5_000, metadata: trace });

      expect(status.code).toBe(Code.OK);
      expect(hops.seen[0]!.deadline).toBeLessThan(Date.now() + 5_100);
      expect(parseTrace(hops.seen[0]!.metadata)!.traceId).toBe('a'.repeat(32));
    });

    test('a generator that a consumer in another call resumes stays part of its own', async () => {
      await using hops = await chain(transport, async function* late(request, _context, next) {
        yield request;
        yield await next.unary(request);
      });
      await using other = await setup(transport, {
        handlers: {
          unary: async () => {
            const call = hops.client.serverStream(
              { text: '', n: 0 },
              { parent: null, timeoutMs: 5_000, metadata: trace },
            );
            for await (const _ of call);
            return { text: '', n: 0 };
          },
        },
      });

      await other.client.unary({ text: '', n: 0 }, { timeoutMs: 15_000 });

      expect(hops.seen[0]!.deadline).toBeLessThan(Date.now() + 5_100);
      expect(parseTrace(hops.seen[0]!.metadata)!.traceId).toBe('a'.repeat(32));
    });

    test('the finally of a request generator runs as part of the call that made it, whoever ends it', async () => {
      const seen = gate<unknown>();
      await using target = await setup(transport, {
        handlers: {
          async *bidi(requests) {
            for await (const request of requests) {
              yield request;
              return;
            }
          },
        },
      });
      await using probe = await setup(transport, {
        handlers: {
          unary: async (request) => {
            const endless = (async function* () {
              try {
                for (;;) yield request;
              } finally {
                seen.open(current()?.method.localName);
              }
            })();
            for await (const _ of target.client.bidi(endless));
            return request;
          },
        },
      });

      await probe.client.unary({ text: '', n: 0 });

      expect(await seen.promise).toBe('unary');
    });

    test('a timer made in a handler belongs to its call until the status was sent, then to none', async () => {
      const children: unknown[] = [];
      const fired = gate();
      await using hops = await chain(transport, async function* timed(request, _context, next) {
        const during = gate();
        setTimeout(() => {
          void next.unary(request).status.then(({ code }) => {
            children.push(code);
            during.open();
          });
        }, 1);
        await during.promise;
        setTimeout(() => {
          void next.unary(request).status.then(({ code }) => {
            children.push(code);
            fired.open();
          });
        }, 30);
        yield request;
      });

      await run(hops.client, 'unary', { timeoutMs: 5_000, metadata: trace });
      await fired.promise;

      expect(children).toEqual([Code.OK, Code.OK]);
      const [during, after] = hops.seen;
      expect(during!.deadline).toBeLessThan(Date.now() + 5_100);
      expect(after!.deadline).toBeGreaterThan(Date.now() + 20_000);
      expect(parseTrace(after!.metadata)!.traceId).toBe('a'.repeat(32));
    });

    test.each([
      ['the store', undefined],
      ['parent: ctx', 'explicit'],
    ])('a call made after the status was sent, by %s, is on its own and keeps the trace', async (_name, explicit) => {
      const after = gate();
      const child = gate<unknown>();
      await using hops = await chain(transport, async function* leave(request, context, next) {
        void after.promise.then(() => next.unary(request, explicit ? { parent: context } : {}).status.then(child.open));
        yield request;
      });

      await run(hops.client, 'unary', { timeoutMs: 5_000, metadata: trace });
      await pause(30);
      const before = hops.middle.stats.lateCalls;
      after.open();

      expect(await child.promise).toMatchObject({ code: Code.OK });
      expect(hops.seen[0]!.deadline).toBeGreaterThan(Date.now() + 20_000);
      expect(parseTrace(hops.seen[0]!.metadata)!.traceId).toBe('a'.repeat(32));
      expect([before, hops.middle.stats.lateCalls]).toEqual([0, 1]);
    });

    test('calls of two parents that wait for one connection keep their own', async () => {
      const maps: unknown[] = [];
      const spy: Interceptor = async (call, next) => {
        const mine = (): unknown => current()?.metadata.get('x-id');
        const before = mine();
        const status = await next(
          call.mapResponses((message) => {
            maps.push([before, mine()]);
            return message;
          }),
        );
        maps.push([before, mine()]);
        return status;
      };
      await using hops = await chain(transport, forwardOnce, {
        between: { interceptors: [spy] },
        server: { forward: ['x-id'] },
        lazy: true,
      });

      await Promise.all(['1', '2', '3'].map((id) => run(hops.client, 'unary', { metadata: { 'x-id': id } })));

      expect(maps).toHaveLength(6);
      for (const [before, during] of maps as [string, string][]) expect(during).toBe(before);
      expect(hops.seen.map(({ metadata }) => metadata.get('x-id')).sort()).toEqual(['1', '2', '3']);
    });
  });
}
