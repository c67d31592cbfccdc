import type { StatusError } from 'flowrpc';
import { createKinds, none } from 'flowrpc/nodes';
import { memoryStore } from 'flowrpc/stores';
import { describe, expect, test } from 'vitest';
import { mapping, runGraph, to } from '../../graph/run-graph.ts';
import { poll, type Running, runRuntime } from '../../runtime/run-runtime.ts';
import { place, placements } from '../../suites/placements.ts';

interface Told {
  readonly type: string;
  readonly name?: string;
  readonly revision: number;
  readonly document: Record<string, unknown>;
}

/** A kind `note` that writes down what it gets. */
const noting = (note: (event: Told) => void) =>
  mapping('note', (event: Told) => {
    note(event);
    return none;
  });

/** A runtime whose node `tell` leads to one that writes down what it gets. */
async function told(topic: string, fields: object = {}, options = {}): Promise<Running & { events: Told[] }> {
  const events: Told[] = [];
  const kinds = createKinds(noting((event) => void events.push(event)));
  const running = await runRuntime(undefined, { kinds, ...options });
  await running.specs.put({ kind: 'signal', name: 'tell', topic, ports: to({ out: 'note' }), ...fields });
  await running.specs.put({ kind: 'note', name: 'note' });
  await running.runtime.load();
  await running.runtime.watch();
  // The feed begins with what comes after it has listed.
  await new Promise((resolve) => setTimeout(resolve, 20));
  return { ...running, events };
}

const brief = (events: readonly Told[]): string[] => events.map(({ type, name }) => `${type} ${name}`);

describe('signal', () => {
  test('#104 each change of a value is a process: create, update, delete; data stays out', async () => {
    const { values, events } = await told('values');

    const { document } = await values.put({ name: 'a', data: 'secret' });
    await values.put({ ...document, data: 'other' });
    await values.put({ ...document, data: 'other' });
    await values.put({ namespace: 'elsewhere', name: 'b', data: 1 });
    await values.delete(document.id);

    await expect.poll(() => brief(events), poll).toEqual(['create a', 'update a', 'delete a']);
    expect(events[0]).toEqual({
      type: 'create',
      id: document.id,
      namespace: 'default',
      name: 'a',
      revision: 1,
      document: { id: document.id, namespace: 'default', name: 'a' },
    });
  });

  test('specs are told of with charts, and charts alone', async () => {
    const { specs, events } = await told('specs');
    const charts = await told('charts');

    for (const store of [specs, charts.specs]) {
      await store.put({ kind: 'chart', name: 'c', specs: [] });
      await store.put({ kind: 'snippet', name: 's', language: 'text', code: 'x' });
    }

    await expect.poll(() => brief(events), poll).toEqual(['create c', 'create s']);
    await expect.poll(() => brief(charts.events), poll).toEqual(['create c']);
  });

  test('#104 no change is lost or told twice while the node itself is replaced', async () => {
    const { specs, values, runtime, events } = await told('values');
    const { items } = await specs.list({ name: 'tell' });
    const { document } = items[0]!;

    for (let n = 0; n < 200; n += 1) {
      await values.put({ name: `v${n}`, data: n });
      if (n % 40 === 20) await specs.put({ ...document, annotations: { turn: `${n}` }, note: undefined });
      if (n % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    }

    await expect.poll(() => events.length, poll).toBe(200);
    expect(events.map(({ name }) => name)).toEqual(Array.from({ length: 200 }, (_, n) => `v${n}`));
    expect(runtime.problems).toEqual([]);
  });

  test('changes that were compacted away are told as what they came to', async () => {
    const values = memoryStore({ maxHistory: 5 });
    const { events } = await told('values', {}, { values });
    const { document } = await values.put({ name: 'first', data: 0 });
    await expect.poll(() => events.length, poll).toBe(1);

    // All in one turn: what the watch missed is more than the history has.
    await Promise.all([
      ...Array.from({ length: 50 }, (_, n) => values.put({ name: `v${n}`, data: n })),
      values.delete(document.id),
    ]);

    await expect.poll(() => events.length, poll).toBe(52);
    expect(new Set(brief(events))).toEqual(
      new Set(['create first', 'delete first', ...Array.from({ length: 50 }, (_, n) => `create v${n}`)]),
    );
  });

  test('#104 what its own process changes in the graph does not keep it from going on', async () => {
    const toSpec = mapping('to-spec', ({ name }: Told) => ({ kind: 'snippet', name, language: 'text', code: name }));
    const { specs, values, runtime } = await runRuntime(undefined, { kinds: createKinds(toSpec) });
    await specs.put({ kind: 'trigger', name: 'tell', topic: 'values', ports: to({ out: 'spec' }) });
    await specs.put({ kind: 'to-spec', name: 'spec', ports: to({ out: 'make' }) });
    await specs.put({ kind: 'syscall', name: 'make', opcode: 'specs.create' });
    await runtime.load();
    await runtime.watch();
    await new Promise((resolve) => setTimeout(resolve, 20));

    for (const name of ['a', 'b', 'c']) await values.put({ name, data: 1 });

    for (const name of ['a', 'b', 'c'])
      await expect.poll(() => runtime.call(name, null).catch(String), poll).toBe(name);
  });

  test('an unknown topic, and a graph without stores, are problems at load', async () => {
    const load = (topic: string): Promise<string> =>
      runGraph([{ kind: 'signal', name: 'tell', topic }]).then(String, ({ message }: StatusError) => message);

    expect(await load('symbols')).toContain('wanted one of specs, values, charts, nodes, secrets');
    expect(await load('specs')).toContain('kind "signal" needs the stores of a runtime');
  });

  test('close() ends it, and nothing is told afterwards', async () => {
    const { runtime, values, events } = await told('values');

    await runtime.close({ graceMs: 0 });
    await values.put({ name: 'late', data: 1 });
    await new Promise((resolve) => setTimeout(resolve, 20));

    expect(events).toEqual([]);
  });

  test.each(placements)('%s edges: the process goes on where the target is', async (placement) => {
    const stores = { specs: memoryStore(), values: memoryStore() };
    const seen: unknown[] = [];
    await place(
      placement,
      [
        { kind: 'signal', name: 'tell', topic: 'values', ports: to({ out: 'note' }) },
        { kind: 'note', name: 'note' },
      ],
      { far: ['note'], kinds: [noting(({ name }) => void seen.push(name))], stores },
    );
    await new Promise((resolve) => setTimeout(resolve, 20));

    await stores.values.put({ name: 'a', data: 1 });

    await expect.poll(() => seen, poll).toEqual(['a']);
  });
});
