import { setTimeout as sleep } from 'node:timers/promises';
import { createServer, silentLogger } from 'flowrpc';
import { loadShed } from 'flowrpc/interceptors/load-shed';
import { health } from 'flowrpc/services';
import { echo, ProbeService } from '../suites/probe-service.ts';

/*
 * A server whose calls hold 1 to 2 MiB of heap for `n` milliseconds, made in the way that `text` names: `heap-server.ts shed|bare`.
 * Tells its parent the port.
 */

const shapes: Readonly<Record<string, () => unknown>> = {
  nothing: () => undefined,
  'one array': () => new Array<number>(262_144).fill(Math.random()),
  'one array, later': () => new Array<number>(131_072).fill(Math.random()),
  'many objects': () => Array.from({ length: 16_000 }, (_, id) => ({ id, at: Math.random(), next: [id] })),
};

const held = new Set<unknown>();

async function hold(shape: string, ms: number): Promise<void> {
  // As a handler does that asks somebody else first.
  if (shape === 'one array, later') await sleep(20);
  const state = shapes[shape]?.();
  held.add(state);
  await sleep(ms);
  held.delete(state);
}

const server = createServer({
  logger: silentLogger,
  interceptors: process.argv[2] === 'shed' ? [loadShed()] : [],
  connection: { maxConcurrentStreams: 1_000 },
})
  .add(ProbeService, {
    ...echo,
    async unary(request) {
      await hold(request.text, request.n);
      return request;
    },
  })
  .add(health());
const { port } = await server.listen('127.0.0.1:0');
process.send?.({ port });
process.on('disconnect', () => process.exit());
