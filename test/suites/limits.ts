import { Code, type Logger, type Metadata, StatusError, silentLogger } from 'flowrpc';
import { describe, expect, test } from 'vitest';
import { timed } from './gate.ts';
import { everyKind, kinds, run, shout } from './kinds.ts';
import { echo } from './probe-service.ts';
import { setup, type TestTransport } from './transports.ts';

/** Bounds of messages and metadata, both directions; what is over them costs its own call alone (M-01…M-03). */
export function limits(transport: TestTransport): void {
  const crowd = Object.fromEntries(Array.from({ length: 130 }, (_, n) => [`x-${n}`, 'v']));
  const wide = { 'x-wide': 'v'.repeat(200_000) };

  describe.each(kinds)('%s', (kind) => {
    test.each([
      ['too many pairs', crowd],
      ['too many bytes', wide],
    ])('a call with metadata of %s is RESOURCE_EXHAUSTED', async (_name, metadata) => {
      let handled = 0;
      await using probe = await setup(transport, {
        handlers: everyKind((requests, context) => {
          handled += 1;
          return shout(requests, context);
        }),
      });

      const { status } = await run(probe.client, kind, { metadata });

      expect(status.code).toBe(Code.RESOURCE_EXHAUSTED);
      expect(handled).toBe(0);
      expect((await run(probe.client, kind)).status.code).toBe(Code.OK);
    });

    test.each([
      ['pairs', crowd],
      ['bytes', wide],
    ])('a header over the limit of %s ends its call, not its neighbours', async (_name, pairs) => {
      await using probe = await setup(transport, {
        handlers: everyKind(async function* much(requests, context) {
          if (context.metadata.has('x-much')) fill(context.header, pairs);
          yield* shout(requests, context);
        }),
      });

      const [much, neighbour] = await Promise.all([
        run(probe.client, kind, { metadata: { 'x-much': '1' } }),
        run(probe.client, kind),
      ]);

      expect(much.status.code).toBe(Code.RESOURCE_EXHAUSTED);
      expect(neighbour.status.code).toBe(Code.OK);
    });

    test.each([
      ['pairs', crowd],
      ['bytes', wide],
    ])('M-03 a trailer over the limit of %s is dropped with a warning, the code stays', async (_name, pairs) => {
      const warnings: unknown[] = [];
      const logger: Logger = { ...silentLogger, warn: (message, fields) => void warnings.push([message, fields]) };
      await using probe = await setup(transport, {
        server: { logger },
        handlers: everyKind(async function* much(requests, context) {
          fill(context.trailer, pairs);
          if (context.metadata.has('x-fail')) throw new StatusError(Code.ABORTED, 'over');
          yield* shout(requests, context);
        }),
      });

      const good = await run(probe.client, kind);
      const bad = await run(probe.client, kind, { metadata: { 'x-fail': '1' } });

      expect(good.status).toMatchObject({ code: Code.OK, message: '' });
      expect(good.messages.length).toBeGreaterThan(0);
      expect(bad.status).toMatchObject({ code: Code.ABORTED, message: 'over' });
      expect([good.status.trailer.size, bad.status.trailer.size]).toEqual([0, 0]);
      const warning = ['trailer dropped', { method: expect.stringMatching(/^\/suite/), excess: expect.any(String) }];
      expect(warnings).toEqual([warning, warning]);
    });

    test('M-03 details over the limit are dropped from behind, code and message stay', async () => {
      const detail = (name: string, size: number) => ({ typeUrl: `example.com/${name}`, value: new Uint8Array(size) });
      const details = [detail('a', 1_000), detail('b', 2_000), detail('c', 3_000), detail('d', 100_000)];
      await using probe = await setup(transport, {
        handlers: everyKind(() => {
          throw new StatusError(Code.ABORTED, 'over', { details });
        }),
      });

      const { status } = await run(probe.client, kind);

      expect(status).toMatchObject({ code: Code.ABORTED, message: 'over' });
      expect(status.details.map(({ typeUrl }) => typeUrl)).toEqual(['example.com/a', 'example.com/b']);
    });

    test('a request over the receive limit is RESOURCE_EXHAUSTED', async () => {
      await using probe = await setup(transport, {
        add: { limits: { maxReceiveBytes: 1_000 } },
        handlers: everyKind(shout),
      });

      const { status } = await run(probe.client, kind, {}, [{ text: 'x'.repeat(1_000), n: 0 }]);

      expect(status.code).toBe(transport.bytes ? Code.RESOURCE_EXHAUSTED : Code.OK);
    });

    test('a response over the send limit is RESOURCE_EXHAUSTED', async () => {
      await using probe = await setup(transport, {
        add: { limits: { maxSendBytes: 1_000 } },
        handlers: everyKind(async function* large() {
          yield { text: 'x'.repeat(1_000), n: 0 };
        }),
      });

      const { status } = await run(probe.client, kind);

      expect(status.code).toBe(transport.bytes ? Code.RESOURCE_EXHAUSTED : Code.OK);
    });

    test('a response over what the client receives is RESOURCE_EXHAUSTED', async () => {
      await using probe = await setup(transport, {
        handlers: everyKind(async function* large() {
          yield { text: 'x'.repeat(1_100_000), n: 0 };
        }),
      });

      const { status } = await run(probe.client, kind);

      expect(status.code).toBe(transport.bytes ? Code.RESOURCE_EXHAUSTED : Code.OK);
    });
  });

  test('a single method may have a limit of its own', async () => {
    await using probe = await setup(transport, {
      add: { limits: { maxReceiveBytes: 50 }, methodLimits: { unary: { maxReceiveBytes: 3_000_000 } } },
    });

    const { status } = await run(probe.client, 'unary', {}, [{ text: 'x'.repeat(900_000), n: 0 }]);

    expect(status).toMatchObject({ code: Code.OK, message: '' });
  });

  test(
    'more handlers than allowed are RESOURCE_EXHAUSTED, and a slot is taken until its handler settles',
    timed,
    async () => {
      let release!: () => void;
      const stuck = new Promise<void>((resolve) => {
        release = resolve;
      });
      await using probe = await setup(transport, {
        server: { maxHandlers: 1 },
        handlers: {
          ...echo,
          clientStream: async () => {
            await stuck;
            return { text: '', n: 0 };
          },
        },
      });

      const timedOut = await run(probe.client, 'clientStream', { timeoutMs: 150 });
      const refused = await run(probe.client, 'unary');
      release();
      await expect.poll(async () => (await run(probe.client, 'unary')).status.code).toBe(Code.OK);

      expect(timedOut.status.code).toBe(Code.DEADLINE_EXCEEDED);
      expect(refused.status.code).toBe(Code.RESOURCE_EXHAUSTED);
    },
  );
}

function fill(metadata: Metadata, pairs: Record<string, string>): void {
  for (const [key, value] of Object.entries(pairs)) metadata.set(key, value);
}
