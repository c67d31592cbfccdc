import fc from 'fast-check';
import { Code, type ErrorCode, StatusError } from 'flowrpc';
import { retry } from 'flowrpc/interceptors';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { setup, type TestTransport, transports } from '../suites/transports.ts';
import { ticks } from './ticks.ts';

const local = transports[0] as TestTransport;

afterEach(() => {
  vi.useRealTimers();
});

describe('D-08 a cancel', () => {
  test('whenever it comes, between any attempts, answers and pauses: what runs is told, nothing starts after it, and it is the last word', async () => {
    const told: string[] = [];
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(fc.constantFrom(Code.OK, Code.UNAVAILABLE, Code.UNAVAILABLE), { maxLength: 4 }),
        async (s, answers) => {
          vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
          const started: { signal: AbortSignal; answered: boolean }[] = [];
          const again = retry({
            nonIdempotent: true,
            attempts: 5,
            baseDelayMs: 1_000,
            jitter: 0,
            throttle: false,
            budget: false,
          });
          await using probe = await setup(local, {
            handlers: {
              unary: async (request, { signal }) => {
                const attempt = { signal, answered: false };
                const code = answers[started.push(attempt) - 1] ?? Code.UNAVAILABLE;
                await s.schedule(Promise.resolve(), `answer ${code}`);
                attempt.answered = true;
                if (code === Code.OK) return request;
                throw new StatusError(code as ErrorCode, 'not now');
              },
            },
            client: { interceptors: [again] },
          });
          const call = probe.client.unary({ text: 'a', n: 1 });
          let over: Code | undefined;
          const ended = call.status.then(({ code }) => (over = code));
          let atCancel:
            | { over: Code | undefined; started: number; running: readonly { signal: AbortSignal }[] }
            | undefined;
          const cancel = s.schedule(Promise.resolve(), 'cancel').then(() => {
            atCancel = { over, started: started.length, running: started.filter(({ answered }) => !answered) };
            call.cancel();
            setImmediate(() => (timers = vi.getTimerCount()));
          });
          let timers: number | undefined;
          for (let pause = 0; pause < 6; pause++)
            void s.schedule(Promise.resolve(), 'a pause passes').then(() => vi.advanceTimersByTimeAsync(20_000));

          while (s.count() > 0) {
            await s.waitNext(1);
            await ticks(2);
          }
          await cancel;
          await vi.advanceTimersByTimeAsync(600_000);
          const code = await ended;

          if (atCancel?.over !== undefined) return void told.push('too late');
          told.push(atCancel?.running.length === 0 ? 'in a pause' : 'at work');
          expect(code).toBe(Code.CANCELLED);
          expect(started).toHaveLength(atCancel?.started ?? 0);
          for (const { signal } of atCancel?.running ?? []) expect(signal.aborted).toBe(true);
          expect(timers).toBe(0);
        },
      ),
    );
    expect(new Set(told)).toEqual(new Set(['too late', 'at work', 'in a pause']));
  });
});
