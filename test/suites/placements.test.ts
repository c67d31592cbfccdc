import { describe, expect, test } from 'vitest';
import { place, placements } from './placements.ts';

describe.each(placements)('place: %s', (placement) => {
  test('a packet goes to the far node and on to one that is near', async () => {
    const { call } = await place(
      placement,
      `
- { kind: if, name: first, when: self > 1, ports: { 'out[0]': [{ name: middle, port: in }] } }
- { kind: if, name: middle, when: self > 2, ports: { 'out[0]': [{ name: last, port: in }] } }
- { kind: snippet, name: last, language: text, code: done }
`,
      { far: ['middle'] },
    );

    expect(await call('first', 3)).toBe('done');
  });
});
