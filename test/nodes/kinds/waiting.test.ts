import { Code } from 'flowrpc';
import { describe, expect, test } from 'vitest';
import { handWritten, to } from '../../graph/run-graph.ts';
import { place, placements } from '../../suites/placements.ts';

/** Never answers, and takes notice of nothing. */
const stuck = handWritten('stuck', () => new Promise(() => {}));
const out = to({ out: 'stuck' });

/** Nodes in which a packet waits, for others or for time. */
const waiting: readonly (readonly [kind: string, fields: object, before: number])[] = [
  ['cache', { ports: out }, 1],
  ['batch', { window: '1h' }, 0],
  ['batch', { size: 1, ports: out }, 0],
  ['unbatch', { ports: out }, 0],
  // Less than what the server of the far node bounds each call by: what waits for longer than its deadline is refused at once.
  ['throttle', { rate: 1, interval: '1m' }, 1],
  ['join', { branches: 2, window: '1h', ports: to({ 'branch[0]': 'stuck', 'branch[1]': 'stuck' }) }, 0],
  ['join', { inputs: 2, window: '1h' }, 0],
  ['filter', { when: 'true', ports: out }, 0],
];

describe.each(placements)('a packet that waits: %s edges', (placement) => {
  test.each(waiting)(
    '%s with %j is free once its run is cancelled, and leaves nothing',
    async (kind, fields, before) => {
      const specs = [
        {
          kind: 'try',
          name: 'first',
          ports: { out: [{ name: 'w', port: kind === 'join' && 'inputs' in fields ? 'in[0]' : 'in' }] },
        },
        { kind, name: 'w', ...fields },
        { kind: 'stuck', name: 'stuck' },
      ];
      const { call, near, far } = await place(placement, specs, { far: ['w'], kinds: [stuck] });
      const cancel = new AbortController();
      const options = { signal: cancel.signal, timeoutMs: 1_000_000 };

      const calls = Array.from({ length: before + 1 }, () =>
        call('first', [1], options).then(undefined, (error) => error),
      );
      await expect.poll(() => far.processes.size).toBeGreaterThan(0);
      setTimeout(() => cancel.abort(), 50);

      for (const one of await Promise.all(calls))
        if (one instanceof Error) expect(one).toMatchObject({ code: Code.CANCELLED });
      await expect.poll(() => near.processes.size + far.processes.size).toBe(0);
      await Promise.all([near.close({ graceMs: 1_000 }), far.close({ graceMs: 1_000 })]);
    },
  );
});
