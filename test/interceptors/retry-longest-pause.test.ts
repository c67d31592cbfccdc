import { Code, type Interceptor, retryInfo, StatusError } from 'flowrpc';
import { rateLimit, retry } from 'flowrpc/interceptors';
import { expect, test } from 'vitest';
import { pause } from '../suites/gate.ts';
import { everyKind, run, shout } from '../suites/kinds.ts';
import { onSide, setup, type TestTransport, transports } from '../suites/transports.ts';

const transport = transports[0] as TestTransport;

async function attempts(interceptor: Interceptor, days: bigint) {
  let tries = 0;
  await using probe = await setup(transport, {
    handlers: everyKind(() => {
      tries += 1;
      const details = [retryInfo({ retryDelay: { seconds: days * 86_400n, nanos: 0 } })];
      throw new StatusError(Code.UNAVAILABLE, 'Go away', { details: days > 0n ? details : [] });
    }),
    ...onSide('client', interceptor),
  });
  const { status } = await run(probe.client, 'unary', { timeoutMs: Number.POSITIVE_INFINITY });
  return { tries, message: status.message };
}

test('retry() told to wait longer than a timer can count gives up instead of coming back at once', async () => {
  expect(await attempts(retry({ nonIdempotent: true, attempts: 4 }), 30n)).toEqual({ tries: 1, message: 'Go away' });
});

test('retry() with so long a pause of its own gives up as well', async () => {
  const settings = { nonIdempotent: true, baseDelayMs: 3e9, maxDelayMs: 3e9, jitter: 0 };

  expect(await attempts(retry(settings), 0n)).toEqual({ tries: 1, message: 'Go away' });
});

test('retry() with an attemptTimeoutMs that long lets a stream take its time', async () => {
  await using probe = await setup(transport, {
    handlers: everyKind(async function* slow(requests, context) {
      await pause(30);
      yield* shout(requests, context);
    }),
    ...onSide('client', retry({ nonIdempotent: true, attemptTimeoutMs: Number.POSITIVE_INFINITY })),
  });

  expect((await run(probe.client, 'bidi')).status.code).toBe(Code.OK);
});

test('rateLimit() waits for its store that long when told to', async () => {
  const store = { take: () => pause(30).then(() => Number.POSITIVE_INFINITY) };
  await using probe = await setup(transport, {
    handlers: everyKind(shout),
    ...onSide('client', rateLimit({ store, shared: { timeoutMs: Number.POSITIVE_INFINITY } })),
  });

  expect((await run(probe.client, 'unary')).status.code).toBe(Code.RESOURCE_EXHAUSTED);
});
