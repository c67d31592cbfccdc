import { Code } from 'flowrpc';
import { readSpecs } from 'flowrpc/graph';
import { expect, test } from 'vitest';
import { handWritten, mapping, runGraph, to } from './run-graph.ts';

const relay = handWritten('relay', async (packet, { send }) => (await send('out', packet)).reply);
const echo = mapping('echo', (payload) => payload);

test('a cycle loads and ends after 16 visits of one node with the trail (S-07)', async () => {
  const visits: Record<string, number> = { a: 0, b: 0 };
  const count = handWritten('count', async (packet, { node, send }) => {
    visits[node.name!]! += 1;
    return (await send('out', packet)).reply;
  });
  const graph = await runGraph(
    [
      { kind: 'count', name: 'a', ports: to({ out: 'b' }) },
      { kind: 'count', name: 'b', ports: to({ out: 'a' }) },
    ],
    [count],
  );

  await expect(graph.call('a', null)).rejects.toMatchObject({
    code: Code.FAILED_PRECONDITION,
    statusMessage: expect.stringMatching(
      /"default.a" is visited more than 16 times on one path: … → .*default.b → default.a$/,
    ),
  });
  expect(visits).toEqual({ a: 16, b: 16 });
});

test('a cycle that its nodes end by themselves runs, through templates without a pause too (S-07)', async () => {
  const down = handWritten('down', ({ payload }, { send }) =>
    payload === 0 ? 'ground' : send('out', Number(payload) - 1).then(({ reply }) => reply),
  );
  const graph = await runGraph([{ kind: 'down', name: 'd', ports: to({ out: 'd' }) }], [down]);

  expect(await graph.call('d', 15)).toBe('ground');
});

test('fan-out that explodes ends with RESOURCE_EXHAUSTED, naming the node, and cancels what is upstream (S-08)', async () => {
  const levels = [0, 1, 2, 3, 4, 5];
  const nodes = levels.map((level) => ({
    kind: 'relay',
    name: `l${level}`,
    ports: to({ out: Array(10).fill(level === 5 ? 'end' : `l${level + 1}`) as string[] }),
  }));
  let ended = 0;
  const graph = await runGraph([...nodes, { kind: 'end', name: 'end' }], [relay, mapping('end', () => ++ended)]);

  await expect(graph.call('l0', null)).rejects.toMatchObject({
    code: Code.RESOURCE_EXHAUSTED,
    statusMessage: expect.stringMatching(/Node "default\.l\d" sent more than 10000 packets in one run/),
  });
  expect(ended).toBeLessThanOrEqual(10_000);
});

test('a node that emits without end for one packet is stopped (S-08)', async () => {
  const flood = handWritten('flood', async (_packet, { send }) => {
    const sends = [];
    for (let n = 0; n < 1_000_000; n++) {
      const sent = send('out', n);
      sends.push(sent);
      if (n % 100 === 0 && (await sent).reply instanceof Error) break;
    }
    await Promise.all(sends);
    return 'done';
  });
  const graph = await runGraph(
    [
      { kind: 'flood', name: 'f', ports: to({ out: 'e' }) },
      { kind: 'echo', name: 'e' },
    ],
    [flood, echo],
  );

  await expect(graph.call('f', null)).rejects.toMatchObject({
    code: Code.RESOURCE_EXHAUSTED,
    statusMessage: 'Node "default.f" sent more than 1000 packets for one',
  });
});

test('bytes of one run are budgeted (S-08)', async () => {
  const graph = await runGraph(
    [
      { kind: 'echo', name: 'a', ports: to({ out: ['b', 'b', 'b'] }) },
      { kind: 'echo', name: 'b' },
    ],
    [echo],
    { limits: { bytes: 1_000 } },
  );

  expect(await graph.call('a', 'x'.repeat(200))).toHaveLength(3);
  await expect(graph.call('a', 'x'.repeat(400))).rejects.toMatchObject({ code: Code.RESOURCE_EXHAUSTED });
  await expect(graph.call('a', { deep: [new Uint8Array(400)] })).rejects.toMatchObject({
    code: Code.RESOURCE_EXHAUSTED,
  });
});

test('each packet that enters has a budget of its own', async () => {
  const graph = await runGraph(
    [
      { kind: 'echo', name: 'a', ports: to({ out: 'b' }) },
      { kind: 'echo', name: 'b' },
    ],
    [echo],
    { limits: { packets: 1 } },
  );

  for (let i = 0; i < 10; i++) expect(await graph.call('a', i)).toBe(i);
});

test.each(['__proto__', 'constructor', 'prototype'])('the name %s is refused for nodes and ports (S-05)', (name) => {
  const node = JSON.parse(`{ "kind": "echo", "name": "${name}" }`) as object;
  const port = JSON.parse(
    `{ "kind": "echo", "name": "a", "ports": { "${name}": [{ "name": "a", "port": "in" }] } }`,
  ) as object;

  expect(readSpecs([node]).problems).not.toEqual([]);
  expect(readSpecs([port]).problems).not.toEqual([]);
});

test.each(['__proto__', 'constructor', 'toString'])('send() to port %s is refused (S-05)', async (port) => {
  const sender = handWritten('sender', async (packet, { send }) => (await send(port, packet)).reply);
  const graph = await runGraph([{ kind: 'sender', name: 's' }], [sender]);

  await expect(graph.call('s', null)).rejects.toThrow(`to port "${port}": it has out, error`);
});

test('a payload with "__proto__" as a key stays data (S-05)', async () => {
  const graph = await runGraph([{ kind: 'echo', name: 'a' }], [echo]);
  const payload: unknown = JSON.parse('{ "__proto__": { "polluted": true } }');

  const reply = await graph.call('a', payload);

  expect(Object.keys(reply as object)).toEqual(['__proto__']);
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});
