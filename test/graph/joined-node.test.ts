import { Code } from 'flowrpc';
import { defineKind } from 'flowrpc/nodes';
import { describe, expect, test } from 'vitest';
import { idOf, specsOf } from './lives.ts';
import { deferred, handWritten, runGraph } from './run-graph.ts';
import { at, namespaceKey, runtime } from './runtimes.ts';

/** Nodes that keep something for each process, and say when they handle a packet, commit and are closed. */
function logging(log: string[]) {
  let made = 0;
  return defineKind({
    kind: 'logs',
    perProcess: true,
    fields: ['text'],
    setup: () => {
      const number = ++made;
      return {
        process({ payload }, { process }) {
          log.push(`${number} ${String(payload)}`);
          process.onExit((error) => void log.push(`${number} ${error === undefined ? 'commits' : 'rolls back'}`));
          return number;
        },
        close: () => void log.push(`${number} closed`),
      };
    },
  });
}

describe('a node that a stream of another runtime came in at', () => {
  const open = async (replaceGraceMs?: number) => {
    const log: string[] = [];
    const kind = logging(log);
    const nodes = (text: string) => [
      { kind: 'logs', id: idOf('p'), name: 'p' },
      { kind: 'logs', id: idOf('q'), name: 'q', text },
    ];
    const there = await runtime(nodes('old'), [kind], {
      namespaceKey,
      ...(replaceGraceMs !== undefined && { replaceGraceMs }),
    });
    const gate = deferred();
    const reached = deferred();
    const waits = handWritten(
      'waits',
      async (_packet, { send }) => {
        await send('left', 'x');
        const replies = [(await send('right', 'y')).reply];
        reached.resolve();
        await gate.promise;
        return [...replies, (await send('right', 'z')).reply];
      },
      { outputs: ['left', 'right'] },
    );
    const graph = await runGraph(
      [{ kind: 'waits', name: 'a', ports: { left: [at(there, 'p')], right: [at(there, 'q')] } }],
      [waits],
      { namespaceKey },
    );
    const reply = graph.call('a', null, { timeoutMs: 20_000 });
    await reached.promise;
    const change = await there.graph.update({ specs: specsOf(nodes('new')) });
    expect(change.replaced).toEqual(['default.q']);
    return { log, gate, reply, there };
  };

  test('is not closed before the process has ended, though that began at another node #62', async () => {
    const { log, gate, reply, there } = await open();

    expect(there.graph.processes.size).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(log).not.toContain('2 closed');
    gate.resolve();

    expect(await reply).toEqual([2, 2]);
    await expect.poll(() => log.at(-1)).toBe('2 closed');
    expect(log.filter((line) => line.startsWith('2'))).toEqual(['2 y', '2 z', '2 commits', '2 commits', '2 closed']);
  });

  test('is closed after the grace period, and the process ends with UNAVAILABLE', async () => {
    const { log, gate, reply } = await open(20);

    await expect.poll(() => log).toContain('2 closed');
    gate.resolve();

    await expect(reply).rejects.toMatchObject({ code: Code.UNAVAILABLE });
    expect(log.filter((line) => line.startsWith('2'))).toEqual(['2 y', '2 rolls back', '2 closed']);
  });
});
