import { afterAll, describe, expect, test } from 'vitest';
import { questionRow, request } from './against/ask.ts';
import { echoed } from './against/echo.ts';
import { Victims } from './against/victims.ts';

/* The universal oracle sees what it is there for: a server with each of the faults planted, one after another. */

const victims = new Victims('planted', { floorMs: 2_000, everyMs: 0, settleMs: 1_000 }, async () => ({}));
afterAll(() => victims[Symbol.asyncDispose]());

const ask = (text: string, wanted: string, handlers = 0) =>
  victims.judge(questionRow('', text, { body: [request(text)] }, wanted, { handlers }));

describe('judge()', () => {
  test('has nothing against a server that does as it should', async () => {
    const judged = await ask('a', 'OK', 1);

    expect(judged).toMatchObject({ good: true, missed: [], died: false, said: 'OK, a handler ran' });
    expect(judged.figures.during.made + judged.figures.after.made).toBeGreaterThanOrEqual(200);
  }, 120_000);

  test.each([
    ['keeps memory', 'OK', 1, /^\d+ MB more/],
    ['keeps a socket', 'OK', 1, /^1 TCPServerWrap left open/],
    ['keeps a timer', 'OK', 1, /^1 Timeout left open/],
    ['refuses others', 'OK', 1, /^\d+ of \d+ calls of others fail \(UNAVAILABLE: no\)/],
    ['stands still', 'OK', 1, /^others take \d+ ms meanwhile/],
    ['repeats', 'NOT_FOUND', 0, /^repeats \d+ characters of the input/],
    ['says nothing', 'NOT_FOUND', 0, /^does not say what was wrong/],
    ['tells the token', 'NOT_FOUND', 0, /^tells a secret/],
    ['prints the environment', 'OK', 1, /^a secret in its output/],
    ['swallows an exception', 'OK', 1, /^an exception that nobody caught/],
    ['dies', 'no answer', 1, /^dies/],
  ])(
    'sees a server that %s',
    async (text, wanted, handlers, fault) => {
      const { good, missed, said } = await ask(
        `${text}${text === 'repeats' ? ` ${'x'.repeat(200)}` : ''}`,
        wanted,
        handlers,
      );

      expect(
        missed.filter((each) => fault.test(each)),
        said,
      ).toHaveLength(1);
      expect(good).toBe(false);
    },
    120_000,
  );
});

test('echoed() is how long a part of an answer is that repeats more than 128 characters', () => {
  const input = `${'a'.repeat(64)}${'b'.repeat(100)}c`;

  expect(echoed(`no ${input.slice(0, 128)}`, input)).toBe(0);
  expect(echoed(`no ${input.slice(0, 129)}`, input)).toBe(129);
  expect(echoed(`no ${input}, no ${input.slice(0, 140)}`, input)).toBe(165);
});
