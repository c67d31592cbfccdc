import { Code } from 'flowrpc';
import { describe, expect, test } from 'vitest';
import { mapping, to } from '../../graph/run-graph.ts';
import { place, placements } from '../../suites/placements.ts';
import { timers, timersBackTo } from './timers.ts';

/** Nodes of which the first, `k`, leads to a node that takes an hour. */
const waiting: Readonly<Record<string, readonly object[]>> = {
  block: [
    {
      kind: 'block',
      specs: [{ kind: 'try', name: 'i' }],
      inbounds: { in: { name: 'i', port: 'in' } },
      outbounds: { out: { name: 'i', port: 'out' } },
      ports: to({ out: 'end' }),
    },
  ],
  for: [{ kind: 'for', ports: to({ 'out[0]': 'end' }) }],
  if: [{ kind: 'if', when: 'true', ports: to({ 'out[0]': 'end' }) }],
  merge: [
    { kind: 'try', ports: { out: [0, 1].map((n) => ({ name: 'm', port: `in[${n}]` })) } },
    { kind: 'merge', name: 'm', inputs: 2, ports: to({ out: 'end' }) },
  ],
  pipe: [{ kind: 'pipe', ports: to({ 'out[0]': 'quick', 'out[1]': 'end' }) }],
  retry: [{ kind: 'retry', ports: to({ out: 'end' }) }],
  split: [{ kind: 'split', ports: to({ 'out[0]': 'quick', 'out[1]': 'end', 'out[2]': 'end' }) }],
  step: [{ kind: 'step', specs: [{ kind: 'try' }, { kind: 'try' }], ports: to({ out: 'end' }) }],
  switch: [{ kind: 'switch', matches: [{ when: 'true', port: 'out' }], ports: to({ 'out[0]': 'end' }) }],
  try: [{ kind: 'try', ports: to({ out: 'end' }) }],
};

describe.each(placements)('a cancelled run: %s edges', (placement) => {
  test.each(Object.keys(waiting))(
    'through %s leaves no process and no timer, nor handles its end as an error',
    async (kind) => {
      const handled: unknown[] = [];
      const handles = mapping('handles', (error) => handled.push(error));
      const [first, ...more] = waiting[kind]!;
      const ports = { error: [{ name: 'handler', port: 'in' }], ...(first as { ports: object }).ports };
      const linked = kind === 'block' ? {} : { ports };
      const specs = [
        { ...first, name: 'k', ...linked },
        ...more,
        { kind: 'sleep', name: 'end', interval: '1h' },
        { kind: 'sleep', name: 'quick', interval: 0 },
        { kind: 'handles', name: 'handler' },
      ];
      const { call, near, far } = await place(placement, specs, { far: ['end'], kinds: [handles] });
      // The first call opens the connection.
      await expect(call('k', [1, 2, 3], { timeoutMs: 100 })).rejects.toMatchObject({ code: Code.DEADLINE_EXCEEDED });
      await expect.poll(() => near.processes.size + far.processes.size).toBe(0);
      const before = timers();
      const stop = new AbortController();

      const cancelled = call('k', [1, 2, 3], { signal: stop.signal, timeoutMs: 3_600_000 });
      await expect.poll(() => far.processes.size).toBeGreaterThan(0);
      stop.abort();

      await expect(cancelled).rejects.toMatchObject({ code: Code.CANCELLED });
      await expect.poll(() => near.processes.size + far.processes.size).toBe(0);
      await timersBackTo(before);
      expect(handled).toEqual([]);
    },
  );
});
