import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { Code, StatusError } from 'flowrpc';
import { none } from 'flowrpc/nodes';
import { describe, expect, test } from 'vitest';
import { handWritten, mapping, runGraph, to } from '../../graph/run-graph.ts';
import { place, placements } from '../../suites/placements.ts';

const shout = mapping('shout', (payload) => `${String(payload)}!`);
const end = mapping('end', (payload) => ['end', payload]);
const picky = mapping('picky', (payload) => {
  if (Number(payload) % 2 === 1) throw new StatusError(Code.OUT_OF_RANGE, `odd ${payload}`);
  return payload;
});
const kinds = [shout, end, picky];

describe.each(placements)('for: %s edges', (placement) => {
  const specs = [
    { kind: 'for', name: 'f', ports: to({ 'out[0]': 'shout', 'out[1]': 'end' }) },
    { kind: 'for', name: 'replies', ports: to({ 'out[0]': 'shout' }) },
    { kind: 'for', name: 'fails', ports: to({ 'out[0]': 'picky', 'out[1]': 'end', error: 'told' }) },
    { kind: 'for', name: 'unhandled', ports: to({ 'out[0]': 'picky', 'out[1]': 'end' }) },
    { kind: 'shout', name: 'shout' },
    { kind: 'end', name: 'end' },
    { kind: 'picky', name: 'picky' },
    { kind: 'told', name: 'told' },
  ];
  const told = mapping('told', (error: StatusError) => error.message);

  test('a list that is too long is refused before anything of it is sent', async () => {
    let sent = 0;
    const count = mapping('shout', () => ++sent);
    const options = { far: ['shout'], kinds: [count, end, picky, told], limits: { fanOut: 10 } };
    const { call } = await place(placement, specs, options);

    await expect(call('f', Array(10).fill(1))).rejects.toMatchObject({ code: Code.RESOURCE_EXHAUSTED });
    expect(sent).toBe(0);
    expect(await call('f', Array(9).fill(1))).toEqual(['end', [1, 2, 3, 4, 5, 6, 7, 8, 9]]);
  });

  test.each([['f'], ['shout']])(
    'sends all elements to out[0] and their replies to out[1] (#85), %s far',
    async (name) => {
      const { call } = await place(placement, specs, { far: [name], kinds: [...kinds, told] });

      expect(await call('f', [1, 2, 3])).toEqual(['end', ['1!', '2!', '3!']]);
      expect(await call('f', [[1], [2]])).toEqual(['end', ['1!', '2!']]);
      expect(await call('replies', [1, 2])).toEqual(['1!', '2!']);
    },
  );

  test('runs what is no list once, bytes too, and collapses the reply of one element (#85)', async () => {
    const { call } = await place(placement, specs, { far: ['f'], kinds: [...kinds, told] });

    for (const scalar of ['x', null, 7]) expect(await call('f', scalar)).toEqual(['end', `${scalar}!`]);
    expect(await call('f', { a: 1 })).toEqual(['end', '[object Object]!']);
    expect(await call('f', new Uint8Array([7, 8]))).toEqual(['end', '7,8!']);
    expect(await call('f', ['x'])).toEqual(['end', 'x!']);
  });

  test('answers for an empty list: out[1] gets it (#85)', async () => {
    const { call } = await place(placement, specs, { far: ['f'], kinds: [...kinds, told] });

    expect(await call('f', [])).toEqual(['end', []]);
    expect(await call('replies', [])).toEqual([]);
  });

  test('goes on after an error of one element, and sends all of them as one to `error` (#85)', async () => {
    const { call } = await place(placement, specs, { far: ['picky'], kinds: [...kinds, told] });

    expect(await call('fails', [2, 3, 4, 5])).toBe('OUT_OF_RANGE: odd 3; odd 5');
    await expect(call('unhandled', [1, 2])).rejects.toMatchObject({ code: Code.OUT_OF_RANGE, statusMessage: 'odd 1' });
    expect(await call('fails', [2, 4])).toEqual(['end', [2, 4]]);
  });
});

describe('for', () => {
  test('does not wait for a reply before the next element is sent, up to a window of them, and keeps their order whichever answers first (#30, #85)', async () => {
    const answers = new Map<unknown, () => void>();
    const passes = handWritten('passes', async (packet, { send }) => {
      const sending = send('out', packet);
      await new Promise<void>((resolve) => answers.set(packet.payload, resolve));
      return (await sending).reply;
    });
    const graph = await runGraph(
      [
        { kind: 'for', name: 'f', ports: to({ 'out[0]': 'p' }) },
        { kind: 'passes', name: 'p', ports: to({ out: 't' }) },
        { kind: 'shout', name: 't' },
      ],
      [passes, shout],
      { limits: { window: 4 } },
    );
    const call = graph.call('f', [1, 2, 3, 4, 5, 6]);
    await expect.poll(() => [...answers.keys()]).toEqual([1, 2, 3, 4]);
    for (const n of [4, 3, 2, 1]) answers.get(n)!();
    await expect.poll(() => answers.size).toBe(6);
    for (const n of [6, 5]) answers.get(n)!();

    expect(await call).toEqual(['1!', '2!', '3!', '4!', '5!', '6!']);
  });

  test('keeps a hundred thousand elements to a window of packets under way (#35, #85)', async () => {
    let [now, most] = [0, 0];
    const passes = handWritten('passes', async ({ payload }, { send }) => {
      most = Math.max(most, ++now);
      await send('out', payload);
      now -= 1;
      return payload;
    });
    const slow = handWritten('slow', async ({ payload }) => {
      if (Number(payload) % 1_000 === 0) await turn();
      return payload;
    });
    const graph = await runGraph(
      [
        { kind: 'for', name: 'f', ports: to({ 'out[0]': 'p', 'out[1]': 'count' }) },
        { kind: 'passes', name: 'p', ports: to({ out: 's' }) },
        { kind: 'slow', name: 's' },
        { kind: 'count', name: 'count' },
      ],
      [passes, slow, mapping('count', (list: unknown[]) => list.length)],
      { limits: { packets: 1_000_000, fanOut: 200_000, bytes: 1e9 } },
    );
    const list = Array.from({ length: 100_000 }, (_, n) => n);

    expect(await graph.call('f', list)).toBe(100_000);
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(64);
  });

  test('says which limit a list that is too long meets', async () => {
    const graph = await runGraph(
      [
        { kind: 'for', name: 'f', ports: to({ out: 's' }) },
        { kind: 'shout', name: 's' },
      ],
      [shout],
    );

    await expect(
      graph.call(
        'f',
        Array.from({ length: 1_001 }, () => 0),
      ),
    ).rejects.toMatchObject({
      code: Code.RESOURCE_EXHAUSTED,
      statusMessage: 'Node "default.f" sent more than 1000 packets for one',
    });
  });

  test('leaves absent replies out, and runs out[1] though nobody answered (#28)', async () => {
    const odd = mapping('odd', (payload) => (Number(payload) % 2 === 1 ? payload : none));
    const graph = await runGraph(
      [
        { kind: 'for', name: 'f', ports: to({ 'out[0]': 'o', 'out[1]': 'e' }) },
        { kind: 'for', name: 'silent', ports: to({ 'out[0]': 'o' }) },
        { kind: 'odd', name: 'o' },
        { kind: 'end', name: 'e' },
      ],
      [odd, end],
    );

    expect(await graph.call('f', [1, 2, 3])).toEqual(['end', [1, 3]]);
    expect(await graph.call('f', [2, 3])).toEqual(['end', 3]);
    expect(await graph.call('f', [2, 4])).toEqual(['end', []]);
    expect(await graph.call('silent', [2, 4])).toBe(none);
  });

  test('keeps a list with collect: list, however many answered', async () => {
    const odd = mapping('odd', (payload) => (Number(payload) % 2 === 1 ? payload : none));
    const graph = await runGraph(
      [
        { kind: 'loop', name: 'f', collect: 'list', ports: to({ 'out[0]': 'o', 'out[1]': 'e' }) },
        { kind: 'odd', name: 'o' },
        { kind: 'end', name: 'e' },
      ],
      [odd, end],
    );

    expect(await graph.call('f', [2, 3])).toEqual(['end', [3]]);
    expect(await graph.call('f', 3)).toEqual(['end', [3]]);
    expect(await graph.call('f', [2])).toEqual(['end', []]);
  });

  test('sends an error of out[1] to `error`, too', async () => {
    const graph = await runGraph([
      { kind: 'for', name: 'f', ports: to({ 'out[1]': 'throw', error: 'rescue' }) },
      { kind: 'throw', name: 'throw' },
      { kind: 'snippet', name: 'rescue', language: 'text', code: 'rescued' },
    ]);

    expect(await graph.call('f', ['x'])).toBe('rescued');
  });

  test('sends no more elements once the run is cancelled, and leaves nothing behind', async () => {
    const seen: unknown[] = [];
    const stuck = handWritten('stuck', async ({ payload }, { send, signal }) => {
      seen.push(payload);
      void send('out', payload);
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    });
    const graph = await runGraph(
      [
        { kind: 'for', name: 'f', ports: to({ 'out[0]': 's', 'out[1]': 'e', error: 'e' }) },
        { kind: 'stuck', name: 's' },
        { kind: 'end', name: 'e' },
      ],
      [stuck, mapping('end', (payload) => seen.push(['end', payload]))],
      { limits: { window: 3 } },
    );
    const stop = new AbortController();
    const call = graph.call('f', [1, 2, 3, 4, 5], { signal: stop.signal });
    await expect.poll(() => seen).toEqual([1, 2, 3]);
    stop.abort();

    await expect(call).rejects.toMatchObject({ code: Code.CANCELLED });
    await expect.poll(() => graph.processes.size).toBe(0);
    await turn();
    expect(seen).toEqual([1, 2, 3]);
  });

  test('is a map over any list: the same as merging what the function gives (#85)', async () => {
    const value = fc.oneof(fc.constant(null), fc.integer(), fc.string(), fc.array(fc.integer()));
    const answering = mapping('answering', async (payload) => {
      const { late, answer } = payload as { late: boolean; answer: { is: string; value?: unknown } };
      if (late) await turn();
      if (answer.is === 'error') throw new Error('odd');
      return answer.is === 'none' ? none : answer.value;
    });
    const element = fc.record({
      late: fc.boolean(),
      answer: fc.oneof(fc.record({ is: fc.constant('value'), value }), fc.constant({ is: 'none' }), {
        weight: 1,
        arbitrary: fc.constant({ is: 'error' }),
      }),
    });
    const graph = await runGraph(
      [
        { kind: 'for', name: 'f', ports: to({ out: 'a' }) },
        { kind: 'answering', name: 'a' },
      ],
      [answering],
    );

    await fc.assert(
      fc.asyncProperty(fc.array(element, { maxLength: 12 }), async (list) => {
        const reply = await graph.call('f', list).catch((error: Error) => error);
        const values = list.flatMap(({ answer }) =>
          answer.is === 'value' ? [(answer as { value: unknown }).value] : [],
        );
        if (list.some(({ answer }) => answer.is === 'error')) expect(reply).toBeInstanceOf(StatusError);
        else if (list.length > 0 && values.length === 0) expect(reply).toBe(none);
        else expect(reply).toEqual(values.length === 1 ? values[0] : values);
      }),
      { numRuns: 500 },
    );
  });

  test('refuses a way to collect that it does not know', async () => {
    await expect(runGraph([{ kind: 'for', name: 'f', collect: 'all' }])).rejects.toThrow(
      'field "collect": wanted one of merged, list',
    );
  });
});
