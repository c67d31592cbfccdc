import fc from 'fast-check';
import { Code, type ErrorCode, StatusError } from 'flowrpc';
import { retry } from 'flowrpc/interceptors';
import { expect, test } from 'vitest';
import { everyKind, kinds, run } from '../suites/kinds.ts';
import { onSide, setup, type TestTransport, transports } from '../suites/transports.ts';

const reference = transports[1] as TestTransport;

test('P-12 over any outcomes of any calls, further attempts are at most a share of them or the minimum, and attempts at most so many for each', async () => {
  const code = fc.constantFrom(Code.OK, Code.UNAVAILABLE, Code.UNAVAILABLE, Code.ABORTED, Code.INTERNAL);
  let repeated = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(fc.array(code, { maxLength: 6 }), { minLength: 1, maxLength: 12 }), {
        minLength: 1,
        maxLength: 4,
      }),
      fc.constantFrom(0, 0.1, 0.5, 1),
      fc.nat(3),
      fc.integer({ min: 1, max: 5 }),
      fc.constantFrom(...kinds),
      async (rounds, ratio, minimum, attempts, kind) => {
        const tries = new Map<number, number>();
        let outcomes: readonly (readonly Code[])[] = [];
        const bounded = retry({
          attempts,
          nonIdempotent: true,
          baseDelayMs: 1,
          maxDelayMs: 1,
          throttle: false,
          budget: { ratio, minimum, windowMs: 600_000 },
        });
        await using probe = await setup(reference, {
          handlers: everyKind(async function* answer(requests) {
            for await (const request of requests) {
              const number = (tries.get(request.n) ?? 0) + 1;
              tries.set(request.n, number);
              const outcome = outcomes[request.n % 1_000]?.[number - 1] ?? Code.UNAVAILABLE;
              if (outcome !== Code.OK) throw new StatusError(outcome as ErrorCode, 'no');
              yield request;
              return;
            }
          }),
          ...onSide('client', bounded),
        });

        let calls = 0;
        for (const [round, given] of rounds.entries()) {
          outcomes = given;
          calls += given.length;
          await Promise.all(given.map((_, n) => run(probe.client, kind, {}, [{ text: 'a', n: round * 1_000 + n }])));
        }

        const all = [...tries.values()];
        const made = all.reduce((sum, each) => sum + each, 0);
        expect(all).toHaveLength(calls);
        expect(Math.max(...all)).toBeLessThanOrEqual(attempts);
        expect(made).toBeLessThanOrEqual(calls + Math.max(ratio * calls, minimum));
        repeated += made - calls;
      },
    ),
  );
  expect(repeated).toBeGreaterThan(20);
});
