import { getEventListeners } from 'node:events';
import { connect, createServer, inProcess, silentLogger } from 'flowrpc';
import { expect, test } from 'vitest';
import { echo, ProbeService } from '../suites/probe-service.ts';

/** Fewer for a quick look: `FLOWRPC_NESTED_CALLS=1000`. */
const calls = Number(process.env.FLOWRPC_NESTED_CALLS ?? 100_000);

const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

test(`${calls} calls nested in one leave no listener and no timer behind`, async () => {
  let listeners = -1;
  let during = -1;
  const before = timers();
  await using inner = createServer({ logger: silentLogger }).add(ProbeService, {
    ...echo,
    // Awaits, so that each call has a timer of its own while it lasts.
    unary: async (request) => {
      await Promise.resolve();
      return request;
    },
  });
  await using next = connect(inProcess(inner, { copy: false }));
  const { unary, serverStream } = next.client(ProbeService);
  await using outer = createServer({ logger: silentLogger, maxTimeoutMs: 600_000 }).add(ProbeService, {
    unary: async (request, { signal }) => {
      // The parent's signal exists, so that each child has something to listen to.
      signal.throwIfAborted();
      for (let n = 0; n < calls; n++) {
        if (n % 10 === 0) for await (const _ of serverStream({ text: '', n: 1 }));
        else await unary(request, { signal });
      }
      listeners = getEventListeners(signal, 'abort').length;
      during = timers();
      return request;
    },
  });
  await using channel = connect(inProcess(outer));

  const reply = await channel.client(ProbeService).unary({ text: 'done', n: 1 }, { timeoutMs: 600_000 });

  expect(reply.text).toBe('done');
  expect(listeners).toBe(0);
  // Of the outer call: one on each side.
  expect(during - before).toBeLessThanOrEqual(2);
  expect(timers()).toBe(before);
}, 60_000);
