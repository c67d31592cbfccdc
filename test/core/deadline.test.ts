import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deadlineFrom, earliest, formatTimeout, maxTimerMs, parseTimeout, remaining } from '../../src/core/deadline.ts';

const grammar = /^\d{1,8}[HMSmun]$/;

describe('grpc-timeout', () => {
  test('a formatted timeout is parsed back, rounded up by less than a unit', () => {
    fc.assert(
      fc.property(fc.oneof(fc.double({ min: 0, max: maxTimerMs, noNaN: true }), fc.nat({ max: maxTimerMs })), (ms) => {
        const text = formatTimeout(ms);
        const back = parseTimeout(text)!;

        expect(text).toMatch(grammar);
        expect(back).toBeGreaterThanOrEqual(ms);
        expect(back - ms).toBeLessThanOrEqual(text.endsWith('S') ? 1_000 : 1);
      }),
    );
  });

  test('any number formats to the grammar, within what timers and peers take', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), (ms) => {
        const back = parseTimeout(formatTimeout(ms))!;

        expect(back).toBeGreaterThanOrEqual(0);
        expect(back).toBeLessThan(maxTimerMs + 1_000);
      }),
    );
  });

  test.each([
    ['1H', 3_600_000],
    ['2M', 120_000],
    ['3S', 3_000],
    ['4m', 4],
    ['5u', 0.005],
    ['6n', 0.000_006],
    ['0n', 0],
    ['99999999H', 99_999_999 * 3_600_000],
  ])('%s is %d ms', (text, ms) => {
    expect(parseTimeout(text)).toBeCloseTo(ms, 9);
  });

  test.each(['', 'abc', '-5S', 'xx1Syy', '123456789S', '1', 'S', '1 S', '1s', '1.5S', '+1S', '1S ', '١S', '1S,1S'])(
    '%j is refused',
    (text) => {
      expect(parseTimeout(text)).toBeUndefined();
    },
  );

  test('whatever is not of the grammar is refused, whatever is gives a number that is not negative', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^\d{0,10}[HMSmunx]?$/)), (text) => {
        const ms = parseTimeout(text);

        if (grammar.test(text)) expect(ms).toBeGreaterThanOrEqual(0);
        else expect(ms).toBeUndefined();
      }),
    );
  });

  test.each([
    [99_999_999, '99999999m'],
    [100_000_000, '100000S'],
    [100_000_001, '100001S'],
  ])('%i ms are written in eight digits at most: %s', (ms, text) => {
    expect(formatTimeout(ms)).toBe(text);
  });

  test('over a chain of hops the time left never grows', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(500), { minLength: 1, maxLength: 20 }), fc.nat(60_000), (works, total) => {
        let now = 0;
        let left: number = total;
        for (const work of works) {
          // Each hop counts from when it was called, and the header rounds up by less than a millisecond.
          const deadline = now + parseTimeout(formatTimeout(left))!;
          now += work;
          const next = remaining(deadline, now);
          expect(next).toBeLessThanOrEqual(Math.max(0, left - work) + 1);
          left = next;
        }
      }),
    );
  });
});

describe('deadlineFrom()', () => {
  test('takes the nearer of timeout and deadline', () => {
    expect(deadlineFrom({}, 100)).toBe(Number.POSITIVE_INFINITY);
    expect(deadlineFrom({ timeoutMs: 50 }, 100)).toBe(150);
    expect(deadlineFrom({ timeoutMs: 50, deadline: 120 }, 100)).toBe(120);
    expect(deadlineFrom({ timeoutMs: 10, deadline: new Date(120) }, 100)).toBe(110);
    expect(deadlineFrom({ timeoutMs: -5 }, 100)).toBe(95);
  });

  test.each([
    [{ timeoutMs: Number.NaN }],
    [{ timeoutMs: '5' as unknown as number }],
    [{ deadline: Number.NaN }],
    [{ deadline: new Date('x') }],
    [{ deadline: {} as Date }],
  ])('%j is a RangeError', (given) => {
    expect(() => deadlineFrom(given)).toThrow(RangeError);
  });

  test('earliest() and remaining() order deadlines as numbers do', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), fc.double({ noNaN: true }), fc.integer(), (a, b, now) => {
        expect(earliest(a, b)).toBe([a, b].sort((x, y) => x - y)[0]);
        expect(remaining(a, now)).toBeGreaterThanOrEqual(0);
      }),
    );
    expect(remaining(Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY);
  });
});
