import { connect, createServer } from 'flowrpc';
import { createKinds, defineKind, oneToOne } from 'flowrpc/nodes';
import { reflection, reflectionClient } from 'flowrpc/services';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { openings, outTo, runRuntime } from './run-runtime.ts';

describe.each(openings)('over %s', (_, open) => {
  test('replacing a leaf again and again under load loses no request, and nothing upstream is made anew (#62)', async () => {
    const [setups, closes] = [new Map<string, number>(), new Map<string, number>()];
    const count = (counts: Map<string, number>, name: string): void =>
      void counts.set(name, (counts.get(name) ?? 0) + 1);
    const kinds = createKinds(
      defineKind({
        kind: 'add',
        spec: z.object({ n: z.number() }),
        setup: ({ n }, { node }) => {
          count(setups, node.name!);
          let open = true;
          return {
            ...oneToOne(async (payload) => {
              await new Promise((resolve) => setImmediate(resolve));
              if (!open) throw new Error('it was closed under a packet');
              return `${payload}:${n}`;
            }),
            close: () => {
              open = false;
              count(closes, node.name!);
            },
          };
        },
      }),
      defineKind({
        kind: 'pass',
        setup: (_fields, { node }) => {
          count(setups, node.name!);
          return { ...oneToOne((payload) => payload), close: () => count(closes, node.name!) };
        },
      }),
    );
    const server = createServer().add(reflection());
    const { address } = await server.listen('127.0.0.1:0');
    const { runtime, specs } = await runRuntime(open, { kinds, server });
    await specs.put({ kind: 'pass', name: 'first', ...outTo('second') });
    await specs.put({ kind: 'pass', name: 'second', ...outTo('leaf') });
    const { document } = await specs.put({ kind: 'add', name: 'leaf', n: 0 });
    await runtime.load();
    await runtime.watch();
    await using channel = connect(address);
    const client = channel.client(await reflectionClient(channel).service('default.first'));

    let [sent, done] = [0, false];
    const seen = new Set<number>();
    const failures: unknown[] = [];
    const load = Array.from({ length: 8 }, async () => {
      while (!done) {
        const id = sent++;
        try {
          const reply = await client.in!({ kind: { case: 'numberValue', value: id } } as never);
          const [payload, n] = (reply as { kind: { value: string } }).kind.value.split(':').map(Number);
          expect(payload).toBe(id);
          seen.add(n!);
        } catch (error) {
          failures.push(error);
          return;
        }
      }
    });
    for (let n = 1; n <= 50; n++) {
      await specs.put({ ...document, n });
      const before = sent;
      while (sent < before + 10 && failures.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    while (!seen.has(50) && failures.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    done = true;
    await Promise.all(load);

    expect(failures).toEqual([]);
    expect(sent).toBeGreaterThan(500);
    expect(setups.get('first')).toBe(1);
    expect(setups.get('second')).toBe(1);
    expect(setups.get('leaf')).toBeGreaterThan(5);
    await runtime.close();
    expect(closes).toEqual(setups);
    await server.close({ graceMs: 0 });
  });
});
