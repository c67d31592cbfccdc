import { getEventListeners } from 'node:events';
import { Code, connect, createServer, inProcess, silentLogger } from 'flowrpc';
import { expect, test } from 'vitest';
import { echo, ProbeService } from '../suites/probe-service.ts';

test('a signal that many calls share has one listener, none once they are over, and no warning is given', async () => {
  const warnings: Error[] = [];
  const note = (warning: Error): void => void warnings.push(warning);
  process.on('warning', note);
  const controller = new AbortController();
  const { signal } = controller;
  await using server = createServer({ logger: silentLogger }).add(ProbeService, {
    ...echo,
    unary: ({ text, n }, context) =>
      text === 'wait' ? new Promise((_, reject) => context.signal.addEventListener('abort', reject)) : { text, n },
  });
  await using channel = connect(inProcess(server));
  const { unary } = channel.client(ProbeService);

  const waiting = Array.from({ length: 50 }, (_, n) => unary({ text: 'wait', n }, { signal }));
  const done = await unary({ text: 'echo', n: 7 }, { signal });
  const during = getEventListeners(signal, 'abort').length;
  controller.abort();
  const codes = await Promise.all(waiting.map(async (call) => (await call.status).code));
  await new Promise(setImmediate);
  process.off('warning', note);

  expect(done.n).toBe(7);
  expect(during).toBe(1);
  expect(new Set(codes)).toEqual(new Set([Code.CANCELLED]));
  expect(getEventListeners(signal, 'abort').length).toBe(0);
  expect(warnings).toEqual([]);
});

test('a signal whose calls are all over is listened to again by the next ones', async () => {
  const controller = new AbortController();
  const { signal } = controller;
  await using server = createServer({ logger: silentLogger }).add(ProbeService, {
    ...echo,
    unary: ({ text, n }, context) =>
      text === 'wait' ? new Promise((_, reject) => context.signal.addEventListener('abort', reject)) : { text, n },
  });
  await using channel = connect(inProcess(server));
  const { unary } = channel.client(ProbeService);

  await unary({ text: 'echo', n: 1 }, { signal });
  const between = getEventListeners(signal, 'abort').length;
  const call = unary({ text: 'wait', n: 2 }, { signal });
  setImmediate(() => controller.abort());

  expect(between).toBe(0);
  expect((await call.status).code).toBe(Code.CANCELLED);
});
