import { StatusError } from 'flowrpc';

import { none, type PortHook } from 'flowrpc/nodes';
import { expect, test } from 'vitest';
import { handWritten, mapping, runGraph, to } from './run-graph.ts';

const echo = mapping('echo', (payload) => payload);
const twice = handWritten('twice', async (packet, { send }) => [
  (await send('out', packet)).reply,
  (await send('out', 'again')).reply,
]);

function recording(): { log: string[]; hook: PortHook } {
  const log: string[] = [];
  const label = ({ node, port }: { node: { name?: string }; port: string }): string => `${node.name}/${port}`;
  const hook: PortHook = {
    opened: (port) => log.push(`open ${label(port)}`),
    closed: (port, error) => log.push(`close ${label(port)}${error === undefined ? '' : ` ${error.message}`}`),
    packet: ({ payload }, port) => log.push(`${label(port)} > ${String(payload)}`),
    reply: (reply, { payload }, port) => log.push(`${label(port)} ${String(payload)} < ${String(reply)}`),
  };
  return { log, hook };
}

test('ports open and close once for each process, and hooks see every packet both ways (#38)', async () => {
  const { log, hook } = recording();
  const graph = await runGraph(
    [
      { kind: 'twice', name: 't', ports: to({ out: 'e' }) },
      { kind: 'echo', name: 'e' },
    ],
    [twice, echo],
    { hooks: [hook] },
  );

  await graph.call('t', 'x');

  expect(log).toEqual([
    'open t/in',
    't/in > x',
    'open t/out',
    't/out > x',
    'open e/in',
    'e/in > x',
    'e/in x < x',
    't/out x < x',
    't/out > again',
    'e/in > again',
    'e/in again < again',
    't/out again < again',
    't/in x < x,again',
    'close e/in',
    'close t/out',
    'close t/in',
  ]);
  log.length = 0;
  await graph.call('e', 1);
  expect(log).toEqual(['open e/in', 'e/in > 1', 'e/in 1 < 1', 'close e/in']);
});

test('hooks learn of absent replies, of errors, and of the error a process ended with', async () => {
  const { log, hook } = recording();
  const fail = mapping('fail', () => {
    throw new Error('boom');
  });
  const graph = await runGraph(
    [
      { kind: 'fail', name: 'f' },
      { kind: 'silent', name: 's' },
    ],
    [fail, handWritten('silent', () => none)],
    { hooks: [hook] },
  );

  await expect(graph.call('f', 1)).rejects.toThrow('boom');
  await graph.call('s', 2);

  expect(log).toEqual([
    'open f/in',
    'f/in > 1',
    'f/in 1 < StatusError: UNKNOWN: boom',
    'close f/in UNKNOWN: boom',
    'open s/in',
    's/in > 2',
    `s/in 2 < ${String(none)}`,
    'close s/in',
  ]);
});

test('a hook that throws is logged and changes nothing, and the next one is told', async () => {
  const { log, hook } = recording();
  const failures: unknown[] = [];
  const ignore = (): void => {};
  const broken = (): never => {
    throw new StatusError(13, 'broken hook');
  };
  const graph = await runGraph([{ kind: 'echo', name: 'e' }], [echo], {
    hooks: [{ opened: broken, closed: broken, packet: broken, reply: broken }, hook],
    logger: { debug: ignore, info: ignore, warn: ignore, error: (message) => failures.push(message) },
  });

  expect(await graph.call('e', 1)).toBe(1);
  expect(log).toHaveLength(4);
  expect(failures).toEqual(Array(4).fill('port hook failed'));
});

test('a run that is cancelled closes its ports once, and replies that come later are nobody’s', async () => {
  const { log, hook } = recording();
  let answer: (value: unknown) => void = () => {};
  const late = handWritten('late', () => new Promise((resolve) => (answer = resolve)));
  const graph = await runGraph(
    [
      { kind: 'twice', name: 't', ports: to({ out: 'l' }) },
      { kind: 'late', name: 'l' },
    ],
    [twice, late],
    { hooks: [hook] },
  );

  await expect(graph.call('t', 'x', { timeoutMs: 20 })).rejects.toThrow('Deadline exceeded');
  const closed = log.filter((line) => line.startsWith('close'));
  answer('too late');
  await new Promise((resolve) => setTimeout(resolve, 5));

  expect(closed).toHaveLength(3);
  expect(log.filter((line) => line.startsWith('close'))).toEqual(closed);
  expect(log.some((line) => line.includes('too late'))).toBe(false);
});
