import { CancelReason, Code } from 'flowrpc';
import { describe, expect, test } from 'vitest';
import { aborted, gate } from './gate.ts';
import { everyKind, kinds, outcome, start } from './kinds.ts';
import { setup, type TestTransport } from './transports.ts';

/** Cancellation by the caller, in all its forms, seen by the handler with a typed reason (D-08, P-09). */
export function cancellation(transport: TestTransport): void {
  const watched = () => {
    const running = gate();
    const gone = gate<unknown>();
    const handlers = everyKind(async function* stuck(_requests, { signal }) {
      void aborted(signal).then(gone.open);
      running.open();
      await new Promise(() => {});
      yield { text: '', n: 0 };
    });
    return { running: running.promise, gone: gone.promise, handlers };
  };

  describe.each(kinds)('%s', (kind) => {
    test('cancel() ends the call with CANCELLED and tells the handler', async () => {
      const { running, gone, handlers } = watched();
      await using probe = await setup(transport, { handlers });

      const call = start(probe.client, kind);
      const ending = outcome(call);
      await running;
      call.cancel('no longer needed');
      const { status } = await ending;

      expect(status).toMatchObject({ code: Code.CANCELLED, origin: 'local' });
      expect(await gone).toBeInstanceOf(CancelReason);
      expect(await gone).toMatchObject({ kind: 'client-gone', code: Code.CANCELLED });
    });

    test('a signal ends the call, its reason becomes the cause', async () => {
      const { running, gone, handlers } = watched();
      const controller = new AbortController();
      const why = new Error('shutting down');
      await using probe = await setup(transport, { handlers });

      const ending = outcome(start(probe.client, kind, { signal: controller.signal }));
      await running;
      controller.abort(why);
      const { status } = await ending;

      expect(status.code).toBe(Code.CANCELLED);
      expect(status.cause).toBe(why);
      expect(await gone).toMatchObject({ kind: 'client-gone' });
    });

    test('a signal that has aborted already keeps the call from starting', async () => {
      let handled = 0;
      await using probe = await setup(transport, {
        handlers: everyKind(async function* count() {
          handled += 1;
          yield { text: '', n: 0 };
        }),
      });

      const { status } = await outcome(start(probe.client, kind, { signal: AbortSignal.abort() }));

      expect(status.code).toBe(Code.CANCELLED);
      expect(handled).toBe(0);
    });

    test('cancel() right after the start ends the call, unread and unawaited', async () => {
      await using probe = await setup(transport, {
        handlers: everyKind(async function* stuck() {
          await new Promise(() => {});
        }),
      });

      const call = start(probe.client, kind);
      call.cancel();
      call.cancel();

      expect((await call.status).code).toBe(Code.CANCELLED);
      expect((await call.header).size).toBe(0);
      expect((await call.trailer).size).toBe(0);
    });

    test('cancel() after the end changes nothing', async () => {
      await using probe = await setup(transport);

      const call = start(probe.client, kind);
      const { status } = await outcome(call);
      call.cancel();

      expect(status.code).toBe(Code.OK);
      expect((await call.status).code).toBe(Code.OK);
    });

    test('a handler that throws what its signal holds ends with that code', async () => {
      await using probe = await setup(transport, {
        server: { interceptors: [(call, next) => next(call.withTimeout(20))] },
        handlers: everyKind(async function* obedient(_requests, { signal }) {
          await aborted(signal);
          signal.throwIfAborted();
          yield { text: '', n: 0 };
        }),
      });

      const { status } = await outcome(start(probe.client, kind));

      expect(status).toMatchObject({ code: Code.DEADLINE_EXCEEDED, origin: 'peer' });
    });
  });

  describe.each(['serverStream', 'bidi'] as const)('%s', (kind) => {
    test('leaving the loop early cancels, and the generator is returned', async () => {
      const gone = gate<unknown>();
      const finished = gate();
      await using probe = await setup(transport, {
        handlers: everyKind(async function* endless(_requests, { signal }) {
          void aborted(signal).then(gone.open);
          try {
            for (let n = 0; ; n++) yield { text: 'x'.repeat(1_000), n };
          } finally {
            finished.open();
          }
        }),
      });

      const call = probe.client[kind](kind === 'bidi' ? ([] as never) : ({ text: '', n: 0 } as never));
      let read = 0;
      for await (const _ of call) {
        read += 1;
        if (read === 3) break;
      }

      expect(await call.status).toMatchObject({
        code: Code.CANCELLED,
        message: 'The caller stopped reading',
        origin: 'local',
      });
      expect(await gone.promise).toMatchObject({ kind: 'client-gone' });
      await finished.promise;
      expect(read).toBe(3);
    });

    test('await using ends a stream that nobody read', async () => {
      const gone = gate<unknown>();
      await using probe = await setup(transport, {
        handlers: everyKind(async function* endless(_requests, { signal }) {
          void aborted(signal).then(gone.open);
          for (let n = 0; ; n++) yield { text: '', n };
        }),
      });

      {
        await using call = start(probe.client, kind) as AsyncDisposable & ReturnType<typeof probe.client.bidi>;
        await call.next();
      }

      expect(await gone.promise).toMatchObject({ kind: 'client-gone' });
    });
  });

  test('closing the channel ends calls under way with CANCELLED', async () => {
    const { running, gone, handlers } = watched();
    await using probe = await setup(transport, { handlers });

    const ending = outcome(start(probe.client, 'unary'));
    await running;
    await probe.channel.close();
    const { status } = await ending;

    expect(status).toMatchObject({ code: Code.CANCELLED, message: 'The channel was closed' });
    expect(await gone).toMatchObject({ kind: 'client-gone' });
  });
}
