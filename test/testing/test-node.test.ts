import { Code, key, StatusError } from 'flowrpc';
import { GraphError } from 'flowrpc/graph';
import { defineKind, kinds, none, oneToOne } from 'flowrpc/nodes';
import { testNode } from 'flowrpc/testing';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';

const double = defineKind({ kind: 'double', setup: () => oneToOne<number>((n) => n * 2) });

describe('testNode', () => {
  test('#109 sends a packet to a node and receives its reply, in a few lines', async () => {
    await using node = await testNode(double, {}, { ports: { out: (n) => ({ got: n }) } });

    expect(await node.send(21)).toEqual({ got: 42 });
    expect(node.sent('out')).toEqual([42]);
  });

  test('#23 a port that is left out is not linked: the output is the reply', async () => {
    await using node = await testNode(double);

    expect(await node.send(4)).toBe(8);
  });

  test('#25 #26 an error reply rejects, unless something answers at error', async () => {
    const failing = defineKind({
      kind: 'failing',
      setup: () =>
        oneToOne(() => {
          throw new StatusError(Code.NOT_FOUND, 'No such user');
        }),
    });
    await using bare = await testNode(failing);
    await using handled = await testNode(
      failing,
      {},
      { ports: { error: (error) => (error as StatusError).statusMessage } },
    );

    await expect(bare.send(1)).rejects.toMatchObject({ code: Code.NOT_FOUND, statusMessage: 'No such user' });
    expect(await handled.send(1)).toBe('No such user');
  });

  test('#27 #28 several answers of one port are merged in link order, absent ones left out', async () => {
    await using node = await testNode(
      double,
      {},
      { ports: { out: [(n) => ['first', n], () => none, (n) => ['last', n]] } },
    );

    expect(await node.send(1)).toEqual([
      ['first', 2],
      ['last', 2],
    ]);
    expect(node.sent('out')).toEqual([2]);
  });

  test('#44 several packets of one process meet one state, and its exit hooks run before process() resolves', async () => {
    const count = key<{ n: number }>('count');
    const log: string[] = [];
    const counting = defineKind({
      kind: 'counting',
      setup: () => ({
        process(_packet, { process }) {
          const state = process.state(count, () => {
            process.onExit(() => void log.push('exit'));
            return { n: 0 };
          });
          state.n += 1;
          return state.n;
        },
      }),
    });
    await using node = await testNode(counting);

    const replies = await node.process(async ({ send }) => [await send('a'), await send('b')]);
    log.push('resolved');

    expect([replies, await node.send('c')]).toEqual([[1, 2], 1]);
    expect(log).toEqual(['exit', 'resolved', 'exit']);
  });

  test('#50 the in-ports of a node that takes any are named', async () => {
    await using node = await testNode(kinds.get('merge')!, {}, { inputs: ['in[0]', 'in[1]'] });

    const replies = await node.process(({ send }) => Promise.all([send(1, 'in[0]'), send(2, 'in[1]')]));

    expect(replies).toEqual([1, [1, 2]]);
  });

  test('what the work of a process throws is what process() rejects with', async () => {
    await using node = await testNode(double);
    const mine = new Error('Mine');

    await expect(
      node.process(() => {
        throw mine;
      }),
    ).rejects.toBe(mine);
    await expect(node.process(({ send }) => send(1, 'inn'))).rejects.toThrow(
      'Cannot send to in-port "inn": the node has in',
    );
  });

  test('fields are checked as those of a spec are, and env fills them', async () => {
    const sized = defineKind({
      kind: 'sized',
      spec: z.object({ size: z.number() }),
      setup: ({ size }) => oneToOne(() => size),
    });
    await using node = await testNode(
      sized,
      { size: '{{ .SIZE }}', env: { SIZE: { data: '{{ .SIZE }}' } } },
      { env: { SIZE: '3' } },
    );

    expect(await node.send(null)).toBe(3);
    await expect(testNode(sized, { size: 'big' })).rejects.toThrow(GraphError);
    await expect(testNode(sized, { size: 'big' })).rejects.toThrow('field "size"');
  });

  test('a deadline bounds a process', async () => {
    const stuck = defineKind({ kind: 'stuck', setup: () => ({ process: () => new Promise(() => {}) }) });
    await using node = await testNode(stuck);

    await expect(node.send(1, { timeoutMs: 20 })).rejects.toMatchObject({ code: Code.DEADLINE_EXCEEDED });
    await expect(node.process(({ send }) => send(1), { timeoutMs: 20 })).rejects.toMatchObject({
      code: Code.DEADLINE_EXCEEDED,
    });
  });
});
