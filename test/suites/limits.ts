import { Code, type Metadata } from 'flowrpc';
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
      ['header', crowd],
      ['header', wide],
      ['trailer', crowd],
      ['trailer', wide],
    ] as const)('a %s over the limit ends its call, not its neighbours', async (where, pairs) => {
      await using probe = await setup(transport, {
        handlers: everyKind(async function* much(requests, context) {
          if (context.metadata.has('x-much')) fill(context[where], pairs);
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

    test('a trailer over the limit is dropped from an error, whose code stays', async () => {
      await using probe = await setup(transport, {
        handlers: everyKind((_requests, { trailer }) => {
          fill(trailer, wide);
          throw new Error('hidden');
        }),
      });

      const { status } = await run(probe.client, kind);

      expect(status.code).toBe(Code.UNKNOWN);
      expect(status.trailer.has('x-wide')).toBe(false);
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
