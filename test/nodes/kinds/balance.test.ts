import { Code, createServer, type Server, StatusError, silentLogger } from 'flowrpc';
import { reflection } from 'flowrpc/services';
import { describe, expect, onTestFinished, test } from 'vitest';
import { handWritten, mapping, runGraph, to } from '../../graph/run-graph.ts';
import { place, placements } from '../../suites/placements.ts';

/** A runtime with a node that says its name. */
async function runtime(
  name: string,
  fail = false,
  address = '127.0.0.1:0',
): Promise<{ server: Server; address: string }> {
  const server = createServer({ logger: silentLogger }).add(reflection());
  onTestFinished(async () => void (await server.close({ graceMs: 0 })));
  const who = mapping('who', (payload) => {
    if (fail) throw new StatusError(Code.UNAVAILABLE, `${name} is tired`);
    return [name, payload];
  });
  await runGraph([{ kind: 'who', name: 'who' }], [who], { server });
  return { server, address: (await server.listen(address)).address };
}

const balance = (targets: readonly string[], more: object = {}) => ({
  kind: 'balance',
  name: 'front',
  targets,
  service: 'default.who',
  ...more,
});

describe.each(placements)('balance: %s edges', (placement) => {
  test('packets go to the targets in turn, whatever they are (#101)', async () => {
    const [a, b] = [await runtime('a'), await runtime('b')];
    const { call } = await place(
      placement,
      [{ kind: 'echo', name: 'echo', ports: to({ out: 'front' }) }, balance([a.address, b.address])],
      { far: ['front'], kinds: [mapping('echo', (payload) => payload)] },
    );

    const replies = [await call('echo', 1), await call('echo', 'x'), await call('echo', { y: [2n ** 60n] })];

    expect(replies).toEqual([
      ['a', 1],
      ['b', 'x'],
      ['a', { y: [2n ** 60n] }],
    ]);
  });

  test('a cancel reaches the target', async () => {
    let cancelled = false;
    const server = createServer({ logger: silentLogger }).add(reflection());
    onTestFinished(async () => void (await server.close({ graceMs: 0 })));
    const hang = handWritten(
      'hang',
      (_packet, { signal }) =>
        new Promise(() => {
          signal.addEventListener('abort', () => {
            cancelled = true;
          });
        }),
    );
    await runGraph([{ kind: 'hang', name: 'who' }], [hang], { server });
    const { address } = await server.listen('127.0.0.1:0');
    const { call } = await place(placement, [balance([address])], { far: ['front'] });

    await expect(call('front', 1, { timeoutMs: 300 })).rejects.toMatchObject({ code: Code.DEADLINE_EXCEEDED });
    await expect.poll(() => cancelled).toBe(true);
  });
});

describe('balance', () => {
  test('a target that is down is passed over, and used again when it is back', async () => {
    const [a, b] = [await runtime('a'), await runtime('b')];
    const graph = await runGraph([balance([a.address, b.address])]);
    const names = async (): Promise<unknown[]> => {
      const replies: unknown[] = [];
      for (let n = 0; n < 4; n++) replies.push(((await graph.call('front', n)) as unknown[])[0]);
      return replies;
    };
    expect(await names()).toEqual(['a', 'b', 'a', 'b']);

    await b.server.close({ graceMs: 0 });
    expect(await names()).toEqual(['a', 'a', 'a', 'a']);

    await runtime('b', false, b.address);
    await expect
      .poll(async () => new Set(await names()), { timeout: 30_000, interval: 200 })
      .toEqual(new Set(['a', 'b']));
  }, 60_000);

  test('what a target has answered is the answer, an error too: nothing is done twice', async () => {
    const [a, b] = [await runtime('a', true), await runtime('b')];
    const graph = await runGraph([balance([a.address, b.address])]);

    await expect(graph.call('front', 1)).rejects.toThrow('a is tired');
    expect(await graph.call('front', 1)).toEqual(['b', 1]);
  });

  test('all down: the last failure goes to error', async () => {
    const [a, b] = [await runtime('a'), await runtime('b')];
    for (const { server } of [a, b]) await server.close({ graceMs: 0 });
    const graph = await runGraph(
      [balance([a.address, b.address], { ports: to({ error: 'code' }) }), { kind: 'codeOf', name: 'code' }],
      [mapping('codeOf', (error: StatusError) => error.code)],
    );

    expect(await graph.call('front', 1)).toBe(Code.UNAVAILABLE);
  });

  test.each([
    [{ targets: [] }, 'a list of addresses'],
    [{ service: '' }, 'the full name of a node'],
    [{ target: 'x' }, 'target'],
  ])('a field that is wrong is a problem: %o', async (fields, wanted) => {
    await expect(runGraph([{ ...balance(['127.0.0.1:1']), ...fields }])).rejects.toThrow(wanted);
  });
});
