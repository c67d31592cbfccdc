import { Code, createServer, silentLogger } from 'flowrpc';
import { defineKind, oneToOne } from 'flowrpc/nodes';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { idOf, Lives, liveGraph, specsOf } from './lives.ts';
import { mapping, to } from './run-graph.ts';

const node = (name: string, out?: string | string[], fields: object = {}) => ({
  kind: 'node',
  name,
  ...(out !== undefined && { ports: to({ out }) }),
  ...fields,
});
const value = (data: unknown) => [{ id: idOf('word'), namespace: 'default', name: 'word', data }];
const bound = { env: { N: { name: 'word', data: '{{ .N }}' } } };

describe('a spec that is refused', () => {
  test.each<[string, Record<string, unknown>[]]>([
    [
      'a block',
      [
        {
          kind: 'block',
          name: 'bad',
          specs: [{ kind: 'snippet', name: 'x', language: 'nope', code: '1' }],
          inbounds: { in: { name: 'x', port: 'in' } },
        },
      ],
    ],
    [
      'a chart',
      [
        {
          kind: 'chart',
          name: 'ch',
          specs: [{ kind: 'snippet', name: 'x', language: '{{ .L }}', code: '1' }],
          inbounds: { in: { name: 'x', port: 'in' } },
          env: { L: { data: '{{ .l }}' } },
        },
        { kind: 'ch', name: 'bad', l: ['nope'] },
      ],
    ],
    ['a kind that throws over its types', [{ kind: 'torn', name: 'bad' }]],
    [
      'a kind that throws over its types, in a block',
      [
        {
          kind: 'block',
          name: 'bad',
          specs: [{ kind: 'torn', name: 'x' }],
          inbounds: { in: { name: 'x', port: 'in' } },
        },
      ],
    ],
  ])('inside of %s says why, and keeps no later update from the others', async (_, specs) => {
    const torn = defineKind({
      kind: 'torn',
      types: () => {
        throw new Error('torn apart');
      },
      setup: () => ({ process: () => 1 }),
    });
    const lives = new Lives();
    const graph = await liveGraph([node('good')], lives, { kinds: [torn] });

    for (let pass = 0; pass < 3; pass++) {
      const { problems } = await graph.update({ specs: specsOf([...specs, node('good'), node(`more${pass}`)]) });

      expect(problems.length).toBeGreaterThan(0);
      for (const { message } of problems) expect(message).toMatch(/language|torn apart/);
      expect(await graph.call(`more${pass}`, 'x')).toBe(`x>more${pass}`);
    }
  });

  test('leaves what leads to its node by a port that only the older one has as it is ST-09', async () => {
    const twoPorts = defineKind({
      kind: 'two',
      inputs: ['in', 'extra'],
      setup: (_fields, { node: { name } }) => ({
        process: (packet, { port }) => `${String(packet.payload)}>${name}.${port}`,
      }),
    });
    const lives = new Lives();
    const a = { kind: 'node', name: 'a', ports: { out: [{ name: 'b', port: 'extra' }] } };
    const graph = await liveGraph([a, { kind: 'two', name: 'b' }], lives, { kinds: [twoPorts] });

    const change = await graph.update({ specs: specsOf([a, { kind: 'node', name: 'b', colour: 'red' }]) });

    expect(change.kept).toEqual(['default.b', 'default.a']);
    expect(change.problems).toEqual([
      expect.objectContaining({ message: 'Cannot load node "b": unknown field "colour"' }),
    ]);
    expect(await graph.call('a', 'x')).toBe('x>a>b.extra');
    expect(graph.nodes.map(({ name, kind, refused }) => [name, kind, refused])).toEqual([
      ['a', 'node', undefined],
      ['b', 'two', 'Cannot load node "b": unknown field "colour"'],
    ]);
  });

  test('takes those with it that fit only the new version, down the chain, and no others', async () => {
    const lives = new Lives();
    const graph = await liveGraph([node('a', 'b'), node('b', 'c'), node('c'), node('o', 'c')], lives);

    await graph.update({
      specs: specsOf([
        { ...node('a'), ports: { out: [{ name: 'b', port: 'in' }] }, text: '2' },
        { ...node('b'), ports: { out: [{ name: 'c', port: 'new' }] } },
        { kind: 'gone', name: 'c' },
        node('o', 'c', { text: '2' }),
      ]),
    });

    expect(await graph.call('a', 'x')).toBe('x>a2>b>c');
    expect(await graph.call('o', 'x')).toBe('x>o2>c');
    expect(graph.nodes.map(({ refused }) => refused !== undefined)).toEqual([false, true, true, false]);
  });

  test('at the end of a long chain that changed together keeps the whole chain as it was ST-09', async () => {
    const link = defineKind<{ port: string }>({
      kind: 'link',
      fields: ['port'],
      inputs: ({ port }) => [port],
      setup: () => oneToOne((payload) => payload),
    });
    const chain = (port: string, last: object): Record<string, unknown>[] =>
      Array.from({ length: 120 }, (_, index) => ({
        kind: 'link',
        name: `n${index}`,
        port,
        ...(index === 119 ? last : { ports: { out: [{ name: `n${index + 1}`, port }] } }),
      }));
    const graph = await liveGraph(chain('a', {}), new Lives(), { kinds: [link], limits: { packets: 1_000 } });

    await graph.update({ specs: specsOf(chain('b', { colour: 'red' })) });

    expect(graph.nodes.filter(({ status }) => status === 'active')).toHaveLength(120);
    expect(await graph.call('n0', 'x', { port: 'a' })).toBe('x');
    await graph.update({ specs: specsOf(chain('b', {})) });
    expect(await graph.call('n0', 'x', { port: 'b' })).toBe('x');
    expect(graph.problems).toEqual([]);
  });

  test('is listed as it is when the older one cannot run either', async () => {
    const graph = await liveGraph([node('a', 'b'), node('b')], new Lives());

    await graph.update({ specs: specsOf([{ kind: 'gone', name: 'a' }]) });

    expect(graph.nodes).toEqual([
      expect.objectContaining({
        name: 'a',
        kind: 'gone',
        status: 'inactive',
        reason: expect.stringContaining('unknown kind'),
      }),
    ]);
    await expect(graph.call('a', 1)).rejects.toMatchObject({ code: Code.UNAVAILABLE });
  });

  test('may be a value that the kind does not take; the node goes on with the one before, until it is gone #67', async () => {
    const numbers = defineKind<{ n: number }>({
      kind: 'number',
      spec: z.object({ n: z.number() }),
      setup: ({ n }) => oneToOne(() => n),
    });
    const specs = specsOf([node('a', 'n'), { kind: 'number', name: 'n', n: '{{ .N }}', ...bound }]);
    const graph = await liveGraph([], new Lives(), { kinds: [numbers] });
    await graph.update({ specs, values: value({ N: 1 }) });
    expect(await graph.call('a', 0)).toBe(1);

    await graph.update({ specs, values: value({ N: 'one' }) });
    expect(graph.nodes[1]).toMatchObject({ status: 'active', refused: expect.stringContaining('"n"') });
    expect(await graph.call('a', 0)).toBe(1);

    await graph.update({ specs, values: value({ N: 2 }) });
    expect(graph.nodes[1]).not.toHaveProperty('refused');
    expect(await graph.call('a', 0)).toBe(2);

    await graph.update({ specs, values: [] });
    expect(graph.nodes.map(({ status }) => status)).toEqual(['inactive', 'inactive']);
  });

  test('as a second one with an id or a name that is taken leaves the first one as it is', async () => {
    const lives = new Lives();
    const graph = await liveGraph([node('a')], lives);
    const twin = { ...node('a', undefined, { text: '2' }), id: idOf('twin') };

    for (const nodes of [
      [twin, node('a')],
      [node('a'), twin],
      [node('a'), node('a', undefined, { text: '3' })],
      [node('a'), node('a')],
    ]) {
      const change = await graph.update({ specs: specsOf(nodes) });

      expect(await graph.call('a', 'x')).toBe('x>a');
      expect(change.problems).not.toEqual([]);
    }
    expect(lives.take()).toEqual(['+a']);
  });

  test('inside of a block leaves the whole block as it is; a change inside makes anew what changed there', async () => {
    const lives = new Lives();
    const block = (inner: object) => ({
      kind: 'block',
      name: 'b',
      specs: [
        { kind: 'counter', name: 'count', ports: to({ out: 'last' }) },
        { kind: 'node', name: 'last', ...inner },
      ],
      inbounds: { in: [{ name: 'count', port: 'in' }] },
      outbounds: { out: [{ name: 'last', port: 'out' }] },
    });
    const server = createServer({ logger: silentLogger });
    const graph = await liveGraph([node('a', 'b'), block({})], lives, { server });
    expect(await graph.call('a', 'x')).toMatch(/^1>/);

    const changed = await graph.update({ specs: specsOf([node('a', 'b'), block({ text: '2' })]) });
    expect(changed.kept).toContain('default.a');
    expect(await graph.call('a', 'x')).toMatch(/^2>.*2$/);

    for (const bad of [{ colour: 'red' }, { text: 'broken' }]) {
      await graph.update({ specs: specsOf([node('a', 'b'), block(bad)]) });
      expect(graph.nodes.map(({ name, refused }) => [name, refused !== undefined])).toEqual([
        ['a', false],
        ['b', true],
      ]);
      expect(await graph.call('a', 'x')).toMatch(/^\d>.*2$/);
    }
    expect(await graph.call('a', 'x')).toMatch(/^5>/);
    expect([...server.services.keys()].sort()).toEqual(['default.a', 'default.b']);
    expect(graph.nodes).toHaveLength(2);
  });

  test('that becomes a node of another name does not take the name of a third', async () => {
    const lives = new Lives();
    const graph = await liveGraph([node('a'), node('z', 'a')], lives);

    await graph.update({
      specs: specsOf([
        { ...node('c', undefined, { text: 'broken' }), id: idOf('a') },
        { ...node('a', undefined, { text: '2' }), id: idOf('new') },
        node('z', 'a'),
      ]),
    });

    expect(await graph.call('z', 'x')).toBe('x>z>a2');
    expect(graph.nodes.map(({ name, status }) => [name, status])).toEqual([
      ['c', 'inactive'],
      ['a', 'active'],
      ['z', 'active'],
    ]);
    await expect.poll(() => lives.closed.get('a')).toBe(1);
  });
});

test('an environment that changed makes all nodes anew, an equal one none', async () => {
  const lives = new Lives();
  const look = mapping('look', (_payload, { env }) => env.HOME);
  const specs = specsOf([
    { kind: 'counter', name: 'c' },
    { kind: 'look', name: 'l' },
  ]);
  const graph = await liveGraph([], lives, { kinds: [look], environment: { HOME: 'a' } });
  await graph.update({ specs });

  const same = await graph.update({ specs, environment: { HOME: 'a' } });
  const other = await graph.update({ specs, environment: { HOME: 'b' } });

  expect(same.replaced).toEqual([]);
  expect(other.replaced).toEqual(['default.c', 'default.l']);
  expect(await graph.call('l', 0)).toBe('b');
});
