import { Code, type Interceptor } from 'flowrpc';
import { retry } from 'flowrpc/interceptors';
import { describe, expect, test } from 'vitest';
import { pause, timed } from '../suites/gate.ts';
import { answered, attempts, serving } from './late-answers.ts';

const impatient = (attemptTimeoutMs: number): Interceptor =>
  retry({ nonIdempotent: true, attempts: 2, attemptTimeoutMs, baseDelayMs: 1, budget: false, throttle: false });

describe('dedupe(), and retry() on the server:', () => {
  test('inside of it, an attempt that was cut never answers for the one that took its place', async () => {
    const { begun, handler } = attempts();
    const server = await serving(handler, { inside: [impatient(1_000)] });

    const first = server.send('one');
    await expect.poll(() => begun.length, { timeout: 5_000 }).toBe(2);
    begun[0]!.open(1);
    await pause(20);
    begun[1]!.open(2);

    expect(await first).toMatchObject({ code: Code.OK, n: 2, replayed: false });
    expect(await server.send('one')).toMatchObject(answered(2));
  });

  test('inside of it, an answer is there for repeats although an attempt that was cut goes on', async () => {
    const { begun, handler } = attempts();
    const server = await serving(handler, { inside: [impatient(1_000)] });

    const first = server.send('one');
    await expect.poll(() => begun.length, { timeout: 5_000 }).toBe(2);
    begun[1]!.open(2);

    expect(await first).toMatchObject({ code: Code.OK, n: 2 });
    expect(await server.send('one')).toMatchObject(answered(2));
    begun[0]!.open(1);
    await pause(20);
    expect(await server.send('one')).toMatchObject(answered(2));
    expect(begun).toHaveLength(2);
  });

  test.each([
    ['the latest that answers counts', [1, 2], 2],
    ['whichever ends first', [2, 1], 2],
    ['failures do not', [1, undefined], 1],
  ])('inside of it, with all attempts cut, %s', timed, async (_name, order, n) => {
    const { begun, handler } = attempts();
    const server = await serving(handler, { inside: [impatient(200)] });

    const first = await server.send('one');
    const second = server.send('one');
    expect(first.code).toBe(Code.DEADLINE_EXCEEDED);
    expect(begun).toHaveLength(2);
    for (const attempt of order) {
      if (attempt === undefined) begun[1]!.fail();
      else begun[attempt - 1]!.open(attempt);
      await pause(10);
    }

    expect(await second).toMatchObject(answered(n));
    expect(begun).toHaveLength(2);
  });

  test('outside of it, the next attempt gets what the handler of the one before gives', async () => {
    const { begun, handler } = attempts();
    let runs = 0;
    const seen: Interceptor = (call, next) => {
      runs += 1;
      return next(call);
    };
    const server = await serving(handler, { outside: [impatient(1_000), seen] });

    const first = server.send('one');
    await expect.poll(() => runs, { timeout: 5_000 }).toBe(2);
    begun[0]!.open(1);

    expect(await first).toMatchObject(answered(1));
    expect(begun).toHaveLength(1);
  });
});
