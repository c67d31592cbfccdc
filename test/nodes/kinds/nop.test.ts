import { none } from 'flowrpc/nodes';
import { describe, expect, test } from 'vitest';
import { mapping, runGraph, to } from '../../graph/run-graph.ts';
import { place, placements } from '../../suites/placements.ts';

const bad = mapping('bad', () => {
  throw new Error('boom');
});

describe.each(placements)('nop: %s edges', (placement) => {
  test('answers with no response, whatever came, errors too (#92)', async () => {
    const specs = [
      { kind: 'try', name: 't', ports: to({ out: 'n' }) },
      { kind: 'try', name: 'caught', ports: to({ out: 'bad', error: 'n' }) },
      { kind: 'nop', name: 'n' },
      { kind: 'bad', name: 'bad' },
    ];
    const { call } = await place(placement, specs, { far: ['n'], kinds: [bad] });

    for (const payload of ['x', null, [], 0]) expect(await call('t', payload)).toBe(none);
    expect(await call('caught', 'x')).toBe(none);
  });
});

test('nop has no out-port', async () => {
  await expect(runGraph([{ kind: 'nop', name: 'n', ports: to({ out: 'n' }) }])).rejects.toThrow(
    'it has no out-port "out"',
  );
});
