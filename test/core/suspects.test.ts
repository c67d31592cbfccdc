import fc from 'fast-check';
import { Suspects } from 'flowrpc';
import { describe, expect, test } from 'vitest';
import { WaitingLine } from '../../src/core/waiting-line.ts';

describe('Suspects', () => {
  test('those that were lost at once go one by one, the one that was sent last first; of equals, who came first', async () => {
    const suspects = new Suspects();
    const never = new AbortController().signal;
    const first = await suspects.turn(0, never);
    const times = Array.from({ length: 1_000 }, (_, index) => (index * 7_919) % 300);
    const went: number[] = [];
    const goes = async (lostAfterMs: number, index: number): Promise<void> => {
      const suspect = await suspects.turn(lostAfterMs, never);
      went.push(index);
      suspect.end('lost');
    };

    const all = Promise.all(times.map(goes));
    first.end('lost');
    await all;

    expect(went).toEqual([...times.keys()].toSorted((a, b) => times[a]! - times[b]! || a - b));
  });

  test('who is cancelled leaves the line, wherever it stands; the others keep their order', async () => {
    const suspects = new Suspects();
    const first = await suspects.turn(0, new AbortController().signal);
    const went: number[] = [];
    const cancels = Array.from({ length: 300 }, () => new AbortController());
    const goes = async ({ signal }: AbortController, index: number): Promise<void> => {
      const suspect = await suspects.turn((index * 7_919) % 300, signal);
      if (!signal.aborted) went.push((index * 7_919) % 300);
      suspect.end('lost');
    };

    const all = Promise.all(cancels.map(goes));
    cancels.forEach((cancel, index) => {
      if (index % 3 > 0) cancel.abort();
    });
    first.end('lost');
    await all;

    expect(went).toHaveLength(100);
    expect(went).toEqual(went.toSorted((a, b) => a - b));
  });
});

test('WaitingLine looks at few of 20,000 for each that comes, goes first, or leaves', () => {
  const line = new WaitingLine();
  let looks = 0;
  const waiting = Array.from({ length: 20_000 }, (_, index) => ({
    get lostAfterMs(): number {
      looks += 1;
      return (index * 7_919) % 20_000;
    },
    go: () => {},
  }));

  for (const one of waiting) line.add(one);
  for (const one of waiting.slice(0, 10_000)) line.delete(one);
  const order: number[] = [];
  for (let first = line.first; first !== undefined; first = line.first) {
    order.push(first.lostAfterMs);
    line.delete(first);
  }

  expect(order).toHaveLength(10_000);
  expect(order).toEqual(order.toSorted((a, b) => a - b));
  expect(looks / 20_000).toBeLessThan(150);
});

test('WaitingLine has the least first, whoever came and left before', () => {
  const times = fc.array(fc.nat(1_000), { minLength: 20, maxLength: 80 });
  fc.assert(
    fc.property(times, fc.array(fc.nat(), { minLength: 5, maxLength: 15 }), (all, leave) => {
      const line = new WaitingLine();
      const model = all.map((lostAfterMs) => ({ lostAfterMs, go: () => {} }));
      for (const one of model) line.add(one);
      for (const place of leave) {
        const [gone] = model.splice(place % model.length, 1);
        line.delete(gone!);
      }
      for (const wanted of model.toSorted((a, b) => a.lostAfterMs - b.lostAfterMs)) {
        expect(line.first).toBe(wanted);
        line.delete(wanted);
      }
      expect(line.size).toBe(0);
    }),
    { numRuns: 1_000 },
  );
});
