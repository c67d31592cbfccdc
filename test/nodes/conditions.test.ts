import { Code } from 'flowrpc';
import { describe, expect, test } from 'vitest';
import { to } from '../graph/run-graph.ts';
import { place, placements } from '../suites/placements.ts';

const ends = [
  { kind: 'snippet', name: 'yes', language: 'text', code: 'yes' },
  { kind: 'snippet', name: 'no', language: 'text', code: 'no' },
  { kind: 'snippet', name: 'wrong', language: 'cel', code: '"error: " + self.message' },
];
const ways = to({ 'out[0]': 'yes', 'out[1]': 'no', error: 'wrong' });

describe.each(placements)('a condition, %s edges', (placement) => {
  const decide = async (when: unknown, payload: unknown): Promise<unknown> => {
    const { call } = await place(placement, [{ kind: 'if', name: 'a', when, ports: ways }, ...ends], { far: ['a'] });
    return await call('a', payload);
  };

  test('is true for what is not zero, and false for null, zero, empty and false, #82', async () => {
    const { call } = await place(placement, [{ kind: 'if', name: 'a', when: 'self', ports: ways }, ...ends], {
      far: ['a'],
    });
    const yes = [1, -1, 0.5, 'false', true, [0], { a: null }, new Uint8Array(1), 2n ** 60n];
    const no = [null, 0, -0, Number.NaN, '', false, [], {}, new Uint8Array()];

    expect(await Promise.all(yes.map((value) => call('a', value)))).toEqual(yes.map(() => 'yes'));
    expect(await Promise.all(no.map((value) => call('a', value)))).toEqual(no.map(() => 'no'));
  });

  test.each([
    ['self.name', null, 'error: Cannot evaluate "self.name": No such key: name'],
    ['self.a.b == 1', { a: null }, 'error: Cannot evaluate "self.a.b == 1": No such key: b'],
    ['self > 1', null, 'error: Cannot evaluate "self > 1": no such overload: dyn<null> > int'],
    ['self == null', null, 'yes'],
    ['has(self.name)', null, 'no'],
    ['has(self.name) && self.name != ""', {}, 'no'],
  ])('never crashes on null: what cannot be evaluated goes to `error`, #82, #83: %s', async (when, payload, end) => {
    expect(await decide(when, payload)).toBe(end);
  });

  test('may be a script, whose errors go to `error` too', async () => {
    const code = 'export default (x) => { if (x === null) throw new Error("nothing"); return x > 1; }';

    expect(await decide({ language: 'javascript', code }, 2)).toBe('yes');
    expect(await decide({ language: 'javascript', code }, 1)).toBe('no');
    expect(await decide({ language: 'javascript', code }, null)).toBe('error: nothing');
  });

  test('is an error reply where `error` leads nowhere', async () => {
    const { call } = await place(placement, [{ kind: 'if', name: 'a', when: 'self.b' }], { far: ['a'] });

    await expect(call('a', {})).rejects.toMatchObject({
      code: Code.UNKNOWN,
      statusMessage: 'Cannot evaluate "self.b": No such key: b',
    });
  });

  test('is stopped by `timeout` when it is a script', async () => {
    const when = { language: 'javascript', code: 'export default () => { for (;;); }' };
    const { call } = await place(placement, [{ kind: 'if', name: 'a', when, timeout: '50ms' }], { far: ['a'] });

    await expect(call('a', {})).rejects.toMatchObject({ code: Code.DEADLINE_EXCEEDED });
  });
});
