import { Code } from 'flowrpc';
import { none } from 'flowrpc/nodes';
import { describe, expect, test } from 'vitest';
import { deferred, handWritten, mapping, runGraph, to } from '../../graph/run-graph.ts';
import { place, placements } from '../../suites/placements.ts';

/** Brings its payload to the session and lives until the test lets it go. */
function living() {
  const gates = new Map<string, () => void>();
  const kind = handWritten('living', async ({ payload }, { send }) => {
    const { promise, resolve } = deferred();
    await send('out', payload);
    gates.set(String(payload), resolve);
    await promise;
    return 'over';
  });
  return { kind, gates };
}

const specs = (out: object = { kind: 'tag', name: 't' }): object[] => [
  { kind: 'living', name: 'l', ports: { out: [{ name: 's', port: 'io' }] } },
  { kind: 'session', name: 's', ports: to({ out: 't' }) },
  { kind: 'tell', name: 'tell', ports: { out: [{ name: 's', port: 'in' }] } },
  out,
];
const tell = handWritten('tell', async ({ payload }, { send }) => (await send('out', payload)).reply);
const tag = mapping('tag', ([value, input]: [string, string]) => `${value} ${input}`);

describe.each(placements)('session: %s edges', (placement) => {
  test('each session has its own value and input, whatever others make of theirs', async () => {
    const gates: (() => void)[] = [];
    const live = handWritten('living', async (_, { send }) => {
      await send('out', { seen: 0 });
      const { promise, resolve } = deferred();
      gates.push(resolve);
      await promise;
      return null;
    });
    const count = mapping('tag', ([value, input]: [{ seen: number }, { seen: number }]) => [
      ++value.seen,
      ++input.seen,
    ]);
    const { call } = await place(placement, specs(), { far: ['s'], kinds: [live, tell, count] });
    const lives = [call('l', 1), call('l', 2)];
    await expect.poll(() => gates.length).toBe(2);

    for (let i = 0; i < 2; i++)
      expect(await call('tell', { seen: 0 })).toEqual([
        [1, 1],
        [1, 1],
      ]);
    for (const open of gates) open();
    await Promise.all(lives);
  });

  test('sends [value, input] in a child of every process that lives; those that ended are gone (#95)', async () => {
    const { kind, gates } = living();
    const { call } = await place(placement, specs(), { far: ['s'], kinds: [kind, tell, tag] });

    const lives = ['a', 'b'].map((name) => call('l', name));
    await expect.poll(() => gates.size).toBe(2);
    expect([(await call('tell', 'hello')) as string[]].flat().sort()).toEqual(['a hello', 'b hello']);

    gates.get('a')!();
    expect(await lives[0]).toBe('over');
    expect(await call('tell', 'again')).toBe('b again');

    gates.get('b')!();
    await lives[1];
    expect(await call('tell', 'anybody?')).toBe(none);
  });
});

describe('session', () => {
  test('runs in child processes of those who wait, and not of who tells (#95)', async () => {
    const { kind, gates } = living();
    const parents: (string | undefined)[] = [];
    const seen = handWritten('tag', (_, { process }) => {
      parents.push(process.parent);
      return null;
    });
    const graph = await runGraph(specs(), [kind, tell, seen]);

    const life = graph.call('l', 'a');
    await expect.poll(() => gates.size).toBe(1);
    const [{ id } = { id: '' }] = graph.processes.list();
    await graph.call('tell', 1);

    expect(parents).toEqual([id]);
    gates.get('a')!();
    await life;
  });

  test('a process that brings another value has that one', async () => {
    const twice = handWritten(
      'living',
      async ({ payload }, { send }) => {
        await send('out', 'old');
        await send('out', payload);
        return (await send('to', 'x')).reply;
      },
      { outputs: ['out', 'to'] },
    );
    const [living, ...rest] = specs();
    const graph = await runGraph(
      [{ ...living, ports: { out: [{ name: 's', port: 'io' }], to: [{ name: 's', port: 'in' }] } }, ...rest],
      [twice, tell, tag],
    );

    expect(await graph.call('l', 'new')).toBe('new x');
  });

  test('who tells and is cancelled cancels what it began, and the sessions live on', async () => {
    const { kind, gates } = living();
    const seen = deferred<AbortSignal>();
    const slow = handWritten('tag', async (_, { signal }) => {
      seen.resolve(signal);
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      return 'late';
    });
    const graph = await runGraph(specs(), [kind, tell, slow]);
    const life = graph.call('l', 'a');
    await expect.poll(() => gates.size).toBe(1);
    const cancel = new AbortController();

    const told = graph.call('tell', 1, { signal: cancel.signal });
    const signal = await seen.promise;
    cancel.abort();

    await expect(told).rejects.toMatchObject({ code: Code.CANCELLED });
    expect(signal.aborted).toBe(true);
    gates.get('a')!();
    expect(await life).toBe('over');
    await expect.poll(() => graph.processes.size).toBe(0);
  });

  test('the errors of sessions are one error', async () => {
    const { kind, gates } = living();
    const fails = mapping('tag', ([value]: [string]) => {
      throw new Error(`no ${value}`);
    });
    const graph = await runGraph(specs(), [kind, tell, fails]);
    const lives = ['a', 'b'].map((name) => graph.call('l', name));
    await expect.poll(() => gates.size).toBe(2);

    await expect(graph.call('tell', 1)).rejects.toThrow(/no a; no b/);
    for (const go of gates.values()) go();
    await Promise.all(lives);
  });
});
