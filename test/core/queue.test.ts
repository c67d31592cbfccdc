import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Queue } from '../../src/core/queue.ts';

describe('Queue', () => {
  test('for any schedule it keeps order and bound, and holds the producer back when full', async () => {
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.constant('push' as const) },
      { weight: 2, arbitrary: fc.constant('read' as const) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 5 }), async (steps, capacity) => {
        const queue = new Queue<number>({ capacity });
        let pushed = 0;
        let open = true;
        const reads: Promise<IteratorResult<number>>[] = [];
        for (const what of steps) {
          if (what === 'read') reads.push(queue.next());
          else if (open) {
            const wait = queue.push(pushed);
            pushed += 1;
            expect(wait !== undefined).toBe(queue.size >= capacity);
            if (wait !== undefined) {
              open = false;
              void wait.then(() => {
                open = true;
              });
            }
          }
          await Promise.resolve();
          expect(queue.size).toBeLessThanOrEqual(capacity);
        }
        queue.end();

        const got: number[] = [];
        for (const { done, value } of await Promise.all(reads)) if (!done) got.push(value);
        for await (const value of queue) got.push(value);
        expect(got).toEqual(Array.from({ length: pushed }, (_, n) => n));
      }),
    );
  });

  test('an error comes after the items, once', async () => {
    const queue = new Queue<number>();
    void queue.push(1);
    queue.end(null);

    expect(await queue.next()).toEqual({ done: false, value: 1 });
    await expect(queue.next()).rejects.toBe(null);
    expect(await queue.next()).toEqual({ done: true, value: undefined });
  });

  test('return() drops what waits, frees the producer and tells once', async () => {
    let stopped = 0;
    const queue = new Queue<number>({
      onStop: () => {
        stopped += 1;
      },
    });
    const waiting = queue.push(1);

    await queue.return();
    await queue.return();
    await waiting;

    expect(stopped).toBe(1);
    expect(queue.push(2)).toBeUndefined();
    expect(await queue.next()).toEqual({ done: true, value: undefined });
  });

  test('leaving after the end does not count as leaving early', async () => {
    let stopped = 0;
    const queue = new Queue<number>({
      onStop: () => {
        stopped += 1;
      },
    });
    queue.end();

    await queue.return();

    expect(stopped).toBe(0);
  });
});
