import { Code, StatusError } from 'flowrpc';
import { compareValues, type NodeContext, none, type Packet, type Sent } from 'flowrpc/nodes';
import { expect, test } from 'vitest';
import { deferred, handWritten, mapping, runGraph, to } from './run-graph.ts';

const echo = mapping('echo', (payload) => payload);
const fail = mapping('fail', () => {
  throw new Error('boom');
});

test('send() into an unlinked port reaches nobody and gives no response #22', async () => {
  let sent: Sent | undefined;
  const probe = handWritten('probe', async ({ payload }, { send }) => {
    sent = await send('out', payload);
    return 'asked';
  });
  const graph = await runGraph([{ kind: 'probe', name: 'probe' }], [probe]);

  const reply = await graph.call('probe', 1);

  expect(reply).toBe('asked');
  expect(sent).toEqual({ sent: 0, reply: none });
});

test('graph.call() tells no response, null and an error apart #22', async () => {
  const nobody = handWritten('nobody', () => none);
  const nothing = handWritten('nothing', () => null);
  const silent = handWritten('silent', () => undefined);
  const graph = await runGraph(
    [
      { kind: 'nobody', name: 'nobody' },
      { kind: 'nothing', name: 'nothing' },
      { kind: 'silent', name: 'silent' },
      { kind: 'fail', name: 'fail' },
    ],
    [nobody, nothing, silent, fail],
  );

  expect(await graph.call('nobody', 1)).toBe(none);
  expect(await graph.call('silent', 1)).toBe(none);
  expect(await graph.call('nothing', 1)).toBe(null);
  await expect(graph.call('fail', 1)).rejects.toThrow('boom');
});

test('oneToOne() answers with its own output when `out` is unlinked #23', async () => {
  const double = mapping('double', (n: number) => n * 2);
  const graph = await runGraph([{ kind: 'double', name: 'double' }], [double]);

  expect(await graph.call('double', 21)).toBe(42);
});

test('oneToOne() answers with the reply of what `out` leads to #24', async () => {
  const add = mapping('add', (n: number) => n + 1);
  const graph = await runGraph(
    [
      { kind: 'add', name: 'a', ports: to({ out: 'b' }) },
      { kind: 'add', name: 'b', ports: to({ out: 'c' }) },
      { kind: 'add', name: 'c' },
    ],
    [add],
  );

  expect(await graph.call('a', 0)).toBe(3);
});

test('an error of the last of three nodes reaches the caller with its message and the node #25', async () => {
  const graph = await runGraph(
    [
      { kind: 'echo', name: 'a', ports: to({ out: 'b' }) },
      { kind: 'echo', name: 'b', ports: to({ out: 'c' }) },
      { kind: 'fail', name: 'c' },
    ],
    [echo, fail],
  );

  const error: unknown = await graph.call('a', 0).catch((thrown: unknown) => thrown);

  expect(error).toBeInstanceOf(StatusError);
  expect(error).toMatchObject({ code: Code.UNKNOWN, statusMessage: 'boom' });
});

test('an error keeps the code of the StatusError thrown', async () => {
  const refuse = mapping('refuse', () => {
    throw new StatusError(Code.NOT_FOUND, 'no such user');
  });
  const graph = await runGraph(
    [
      { kind: 'echo', name: 'a', ports: to({ out: 'b' }) },
      { kind: 'refuse', name: 'b' },
    ],
    [echo, refuse],
  );

  await expect(graph.call('a', 0)).rejects.toMatchObject({ code: Code.NOT_FOUND, statusMessage: 'no such user' });
});

test('the reply of a linked `error` replaces the error #26', async () => {
  const handled: unknown[] = [];
  const rescue = mapping('rescue', (error: Error) => {
    handled.push(error);
    return `rescued from ${error.message}`;
  });
  const graph = await runGraph(
    [
      { kind: 'echo', name: 'a', ports: to({ out: 'b' }) },
      { kind: 'fail', name: 'b', ports: to({ error: 'rescue' }) },
      { kind: 'rescue', name: 'rescue' },
    ],
    [echo, fail, rescue],
  );

  const reply = await graph.call('a', 0);

  expect(reply).toBe('rescued from boom');
  expect(handled[0]).toBeInstanceOf(Error);
});

test('send() merges replies in link order, whoever answers first #27', async () => {
  const gates = [deferred(), deferred(), deferred()];
  const slow = handWritten('slow', async ({ payload }, { node }) => {
    const place = Number(node.name!.at(-1));
    await gates[place]!.promise;
    return [place, payload];
  });
  const graph = await runGraph(
    [
      { kind: 'echo', name: 'a', ports: to({ out: ['n0', 'n1', 'n2'] }) },
      { kind: 'slow', name: 'n2' },
      { kind: 'slow', name: 'n1' },
      { kind: 'slow', name: 'n0' },
    ],
    [echo, slow],
  );

  const reply = graph.call('a', 'x');
  gates[2]!.resolve();
  await Promise.resolve();
  gates[1]!.resolve();
  await Promise.resolve();
  gates[0]!.resolve();

  expect(await reply).toEqual([
    [0, 'x'],
    [1, 'x'],
    [2, 'x'],
  ]);
});

test('send() skips absent replies and gives one that is left bare #28', async () => {
  const nobody = handWritten('nobody', () => none);
  const graph = await runGraph(
    [
      { kind: 'echo', name: 'one', ports: to({ out: ['n1', 'e', 'n2'] }) },
      { kind: 'echo', name: 'zero', ports: to({ out: ['n1', 'n2'] }) },
      { kind: 'nobody', name: 'n1' },
      { kind: 'nobody', name: 'n2' },
      { kind: 'echo', name: 'e' },
    ],
    [echo, nobody],
  );

  expect(await graph.call('one', 'x')).toBe('x');
  expect(await graph.call('zero', 'x')).toBe(none);
});

test('send() gives one error with all messages and no value among them #29', async () => {
  const graph = await runGraph(
    [
      { kind: 'echo', name: 'a', ports: to({ out: ['e', 'f1', 'f2'] }) },
      { kind: 'echo', name: 'e' },
      { kind: 'fail', name: 'f1' },
      { kind: 'fail', name: 'f2' },
    ],
    [echo, fail],
  );

  await expect(graph.call('a', 0)).rejects.toMatchObject({ code: Code.UNKNOWN, statusMessage: 'boom; boom' });
});

test('send() gives each receiver a packet of its own, linked to the one it came from #33', async () => {
  const seen: Packet[] = [];
  const keep = handWritten('keep', (packet, { send }) => {
    seen.push(packet);
    return send('out', packet).then(({ reply }) => reply);
  });
  const graph = await runGraph(
    [
      { kind: 'keep', name: 'a', ports: to({ out: ['b', 'c'] }) },
      { kind: 'keep', name: 'b' },
      { kind: 'keep', name: 'c' },
    ],
    [keep],
  );

  await graph.call('a', { x: 1 });

  const [origin, left, right] = seen;
  expect(new Set(seen.map(({ id }) => id)).size).toBe(3);
  expect(left!.payload).toEqual(origin!.payload);
  expect(left!.parent).toBe(origin);
  expect(right!.descendsFrom(origin!)).toBe(true);
  expect(left!.descendsFrom(right!)).toBe(false);
});

test('send() releases replies of one port in the order of sending', async () => {
  const first = deferred();
  const slow = handWritten('slow', async ({ payload }) => {
    if (payload === 0) await first.promise;
    return payload;
  });
  const order: unknown[] = [];
  const twice = handWritten('twice', async (_packet, { send }: NodeContext) => {
    const sends = [0, 1, 2].map((n) => send('out', n).then(({ reply }) => order.push(reply)));
    // The first answers last.
    setTimeout(first.resolve, 5);
    await Promise.all(sends);
    return 'done';
  });
  const relay = handWritten('relay', async (packet, { send }) => (await send('out', packet)).reply);
  const graph = await runGraph(
    [
      { kind: 'twice', name: 'a', ports: to({ out: 'r' }) },
      { kind: 'relay', name: 'r', ports: to({ out: 'b' }) },
      { kind: 'slow', name: 'b' },
    ],
    [twice, relay, slow],
  );

  await graph.call('a', null);

  expect(order).toEqual([0, 1, 2]);
});

test('packets of one process and port start in order, each once the one before has sent or settled', async () => {
  const log: string[] = [];
  const release = deferred();
  const worker = handWritten('worker', async ({ payload }, { send }) => {
    log.push(`start ${payload}`);
    await Promise.resolve();
    if (payload === 0) {
      log.push('send 0');
      const sent = send('out', 0);
      await release.promise;
      await sent;
    }
    log.push(`end ${payload}`);
    return payload;
  });
  const sender = handWritten('sender', async (_packet, { send }) => {
    const sends = [0, 1, 2].map((n) => send('out', n));
    setTimeout(release.resolve, 5);
    return (await Promise.all(sends)).map(({ reply }) => reply);
  });
  const graph = await runGraph(
    [
      { kind: 'sender', name: 's', ports: to({ out: 'w' }) },
      { kind: 'worker', name: 'w' },
    ],
    [sender, worker],
  );

  const reply = await graph.call('s', null);

  expect(reply).toEqual([0, 1, 2]);
  expect(log).toEqual(['start 0', 'send 0', 'start 1', 'end 1', 'start 2', 'end 2', 'end 0']);
});

test('send() rejects for a port that the node does not have and for a payload that is no value', async () => {
  const wrong = handWritten('wrong', async ({ payload }, { send }) => {
    if (payload === 'port') await send('nowhere', 1);
    await send('out', { when: new Date(0) });
  });
  const graph = await runGraph(
    [
      { kind: 'wrong', name: 'w', ports: to({ out: 'e' }) },
      { kind: 'echo', name: 'e' },
    ],
    [wrong, echo],
  );

  await expect(graph.call('w', 'port')).rejects.toThrow(
    'Cannot send from node "default.w" to port "nowhere": it has out, error',
  );
  await expect(graph.call('w', 'date')).rejects.toMatchObject({
    code: Code.INVALID_ARGUMENT,
    statusMessage: expect.stringContaining('"when" is a Date'),
  });
});

test('a reply that is no value is an error, as over the wire', async () => {
  const wrong = mapping('wrong', () => new Map());
  const graph = await runGraph([{ kind: 'wrong', name: 'w' }], [wrong]);

  await expect(graph.call('w', 1)).rejects.toMatchObject({ code: Code.INVALID_ARGUMENT });
});

test('an Error is a payload of its own kind #18', async () => {
  const graph = await runGraph(
    [
      { kind: 'fail', name: 'f', ports: to({ error: 'look' }) },
      { kind: 'look', name: 'look' },
    ],
    [fail, mapping('look', (error: unknown) => [error instanceof Error, compareValues(error, new Error('boom'))])],
  );

  expect(await graph.call('f', 1)).toEqual([true, 0]);
});

test.each([null, undefined, 'text', 7])('a node that throws %s gives an error reply', async (thrown) => {
  const odd = handWritten('odd', () => {
    throw thrown;
  });
  const graph = await runGraph([{ kind: 'odd', name: 'odd' }], [odd]);

  await expect(graph.call('odd', 1)).rejects.toMatchObject({ code: Code.UNKNOWN, statusMessage: String(thrown) });
});

test('a chain of a thousand nodes that need no time does not exhaust the stack', async () => {
  const nodes = Array.from({ length: 1_000 }, (_, i) => ({
    kind: 'add',
    name: `n${i}`,
    ...(i < 999 && { ports: to({ out: `n${i + 1}` }) }),
  }));
  const graph = await runGraph(nodes, [mapping('add', (n: number) => n + 1)]);

  expect(await graph.call('n0', 0)).toBe(1_000);
});
