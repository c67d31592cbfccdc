import { Code } from 'flowrpc';
import { health } from 'flowrpc/services';
import { describe, expect, test } from 'vitest';
import { Health } from '../../src/wire/gen/grpc/health/v1/health.ts';
import { aborted, gate, pause } from './gate.ts';
import { everyKind, kinds, outcome, run, start } from './kinds.ts';
import { echo, ProbeService } from './probe-service.ts';
import { setup, type TestTransport } from './transports.ts';

/** `close` never hangs, lets calls end while it may, and says what it cut. */
export function shutdown(transport: TestTransport): void {
  test('an idle server closes at once, and reports nothing cut', async () => {
    await using probe = await setup(transport);
    await run(probe.client, 'unary');

    const report = await probe.server.close({ graceMs: 60_000 });

    expect(report).toEqual({ cut: [] });
    expect(probe.server.listening).toBe(false);
    expect(probe.server.addresses).toEqual([]);
  });

  test('while it settles it says that it is not ready and takes new calls, which have their grace from then on', async () => {
    const state = health();
    const resume = gate();
    const started = gate();
    await using probe = await setup(transport, {
      handlers: {
        unary: async (message) => {
          started.open();
          await resume.promise;
          return message;
        },
      },
    });
    probe.server.add(state);
    const watching = probe.channel.client(Health).watch({ service: '' });
    expect((await watching.next()).value?.status).toBe('SERVING');

    const closing = probe.server.close({ settleMs: 300, graceMs: 10_000 });
    expect((await watching.next()).value?.status).toBe('NOT_SERVING');
    const late = probe.client.unary({ text: 'late', n: 1 });
    await started.promise;
    expect(probe.server.listening).toBe(transport.wire);
    await expect(probe.server.listen('127.0.0.1:0')).rejects.toThrow('the server was closed');
    await outcome(watching as never);
    const refused = await run(probe.client, 'unary', { timeoutMs: 5_000 });
    resume.open();

    expect(refused.status.code).toBe(Code.UNAVAILABLE);
    expect(await late).toEqual({ text: 'late', n: 1 });
    expect(await closing).toEqual({ cut: [] });
  });

  test('a second close gives the same report', async () => {
    await using probe = await setup(transport);

    const [first, second] = await Promise.all([probe.server.close({ graceMs: 10 }), probe.server.close()]);

    expect(second).toBe(first);
    expect(await probe.server.close()).toBe(first);
  });

  describe.each(kinds)('%s', (kind) => {
    test('a call under way ends in its grace', async () => {
      const resume = gate();
      const started = gate();
      await using probe = await setup(transport, {
        handlers: everyKind(async function* slow() {
          started.open();
          await resume.promise;
          yield { text: 'done', n: 1 };
        }),
      });

      const under = outcome(start(probe.client, kind));
      await started.promise;
      const closing = probe.server.close({ graceMs: 10_000 });
      await pause(10);
      resume.open();
      const { status, messages } = await under;

      expect(status).toMatchObject({ code: Code.OK, message: '' });
      expect(messages).toEqual([{ text: 'done', n: 1 }]);
      expect(await closing).toEqual({ cut: [] });
    });

    test('a handler that never settles is cut after its grace, reported and told why', async () => {
      const started = gate();
      const why = gate<unknown>();
      await using probe = await setup(transport, {
        handlers: everyKind(async function* stuck(_requests, { signal }) {
          void aborted(signal).then(why.open);
          started.open();
          await new Promise(() => {});
          yield { text: '', n: 0 };
        }),
      });

      const under = outcome(start(probe.client, kind));
      await started.promise;
      const report = await probe.server.close({ graceMs: 30 });
      const { status } = await under;

      expect(status.code).toBe(Code.UNAVAILABLE);
      expect(report.cut).toMatchObject([
        { path: expect.stringMatching(/^\/suite\.Probe\//), peer: expect.any(String) },
      ]);
      expect(report.cut[0]!.ageMs).toBeGreaterThanOrEqual(0);
      expect(await why.promise).toMatchObject({ kind: 'shutdown' });
    });

    test('an interceptor that never settles is cut too', async () => {
      const started = gate();
      await using probe = await setup(transport, {
        server: {
          interceptors: [
            () => {
              started.open();
              return new Promise<never>(() => {});
            },
          ],
        },
      });

      const under = outcome(start(probe.client, kind));
      await started.promise;
      const report = await probe.server.close({ graceMs: 0 });

      expect(report.cut).toHaveLength(1);
      expect((await under).status.code).toBe(Code.UNAVAILABLE);
    });

    test('a call to a server that was closed is UNAVAILABLE', async () => {
      await using probe = await setup(transport);
      await probe.server.close({ graceMs: 0 });

      const { status } = await run(probe.client, kind, { timeoutMs: 5_000 });

      expect(status.code).toBe(Code.UNAVAILABLE);
    });
  });

  test('a caller that does not read its stream does not hold up the end', async () => {
    await using probe = await setup(transport, {
      handlers: {
        async *serverStream() {
          for (let n = 0; ; n++) yield { text: 'x'.repeat(10_000), n };
        },
      },
    });
    const call = probe.client.serverStream({ text: '', n: 0 });
    await call.next();

    const report = await probe.server.close({ graceMs: 20 });

    expect(report.cut).toHaveLength(1);
    call.cancel();
  });

  test('background services are told to stop at once', async () => {
    const started = gate();
    await using probe = await setup(transport, {
      add: { background: true },
      handlers: {
        async *serverStream(_request, { signal }) {
          started.open();
          await aborted(signal);
          yield { text: 'bye', n: 0 };
        },
      },
    });
    const under = outcome(start(probe.client, 'serverStream'));
    await started.promise;

    const report = await probe.server.close({ graceMs: 60_000 });

    expect(report).toEqual({ cut: [] });
    expect((await under).status.code).toBe(Code.UNAVAILABLE);
  });

  test('a server under load that closes gives every call an answer', async () => {
    await using probe = await setup(transport, { handlers: echo });
    const calls = Array.from({ length: 200 }, (_, n) => run(probe.client, kinds[n % 4]!, { timeoutMs: 5_000 }));

    const [report, results] = await Promise.all([probe.server.close({ graceMs: 5_000 }), Promise.all(calls)]);

    expect(report).toEqual({ cut: [] });
    for (const { status } of results) expect([Code.OK, Code.UNAVAILABLE]).toContain(status.code);
  });

  test('calls on a channel that was closed are refused, a second close is nothing', async () => {
    await using probe = await setup(transport);
    await probe.channel.close();
    await probe.channel.close();

    expect(() => probe.client.unary({ text: '', n: 0 })).toThrow(/the channel was closed/);
    expect(probe.channel.state).toBe('shutdown');
    expect(() => probe.channel.client(ProbeService).bidi([])).toThrow(TypeError);
  });
}
