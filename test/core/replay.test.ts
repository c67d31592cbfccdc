import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ReplayRequests } from '../../src/core/replay.ts';
import { StreamRequests } from '../../src/core/requests.ts';

function replay(messages: readonly number[], maxBytes: number) {
  const state = { pulled: 0, returned: 0, overflowed: 0 };
  const source = {
    [Symbol.asyncIterator]: () => ({
      next: async () =>
        state.pulled < messages.length
          ? { done: false as const, value: messages[state.pulled++] }
          : { done: true as const, value: undefined },
      return: async () => {
        state.returned += 1;
        return { done: true as const, value: undefined };
      },
    }),
  };
  const requests = new ReplayRequests(new StreamRequests(source, '/a/B'), {
    size: () => 1,
    maxBytes,
    overflow: () => {
      state.overflowed += 1;
    },
  });
  return { state, requests };
}

async function take(iterable: AsyncIterable<unknown>, count: number): Promise<unknown[]> {
  const taken: unknown[] = [];
  if (count === 0) return taken;
  for await (const message of iterable) {
    taken.push(message);
    if (taken.length === count) break;
  }
  return taken;
}

describe('ReplayRequests', () => {
  test('each attempt reads from the first message, out of one pass over the source', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer(), { maxLength: 20 }),
        fc.array(fc.nat(25), { minLength: 1, maxLength: 5 }),
        async (messages, reads) => {
          const { state, requests } = replay(messages, 1_000);

          for (const count of reads) expect(await take(requests.iterate(), count)).toEqual(messages.slice(0, count));

          expect(state.pulled).toBeLessThanOrEqual(messages.length);
          expect(state.pulled).toBeGreaterThanOrEqual(Math.min(messages.length, Math.max(...reads)));
          expect(state.overflowed).toBe(0);
        },
      ),
    );
  });

  test('attempts side by side read along', async () => {
    const messages = Array.from({ length: 50 }, (_, n) => n);
    const { state, requests } = replay(messages, 1_000);

    const all = await Promise.all([
      take(requests.iterate(), 50),
      take(requests.iterate(), 50),
      take(requests.iterate(), 50),
    ]);

    expect(all).toEqual([messages, messages, messages]);
    expect(state.pulled).toBe(50);
  });

  test('above the bound it tells once, lets attempts go on and refuses new ones', async () => {
    const { state, requests } = replay([1, 2, 3, 4, 5], 3);
    const first = requests.iterate();

    expect(await take(first, 5)).toEqual([1, 2, 3, 4, 5]);
    await expect(take(requests.iterate(), 1)).rejects.toThrow(/outgrew the replay buffer/);
    expect(state.overflowed).toBe(1);
  });

  test('close() tells the source, once', async () => {
    const { state, requests } = replay([1, 2, 3], 10);
    await take(requests.iterate(), 1);

    requests.close();
    requests.close();

    expect(state.returned).toBe(1);
  });

  test('what the source throws reaches every attempt', async () => {
    const requests = new ReplayRequests(
      new StreamRequests(
        (async function* () {
          yield 1;
          throw new Error('broke');
        })(),
        '/a/B',
      ),
      { size: () => 1, maxBytes: 10, overflow: () => {} },
    );

    await expect(take(requests.iterate(), 9)).rejects.toThrow('broke');
    await expect(take(requests.iterate(), 9)).rejects.toThrow('broke');
  });
});
