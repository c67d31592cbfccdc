import { createServer as createSocketServer } from 'node:net';
import { Code, type StatusError } from 'flowrpc';
import { expect, onTestFinished, test } from 'vitest';
import { handWritten, runGraph } from './run-graph.ts';
import { at } from './runtimes.ts';

/** Where connections are accepted, and nothing is ever said. */
async function blackHole(): Promise<{ address: string }> {
  const server = createSocketServer((socket) => {
    socket.on('error', () => {});
    onTestFinished(() => void socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { address: `127.0.0.1:${(server.address() as { port: number }).port}` };
}

test.each([[{}], [{ retry: { attempts: 3 } }]])(
  'an edge with a timeout waits no longer for word of its target, with %j',
  async (policy) => {
    const rescue = handWritten('rescue', async (packet, { send }) => {
      const { reply } = await send('out', packet);
      return (reply as StatusError).code;
    });
    const hole = await blackHole();
    const graph = await runGraph(
      [{ kind: 'rescue', name: 'a', ports: { out: [at(hole, 'b', 'in', { timeout: '100ms', ...policy })] } }],
      [rescue],
    );

    expect(await graph.call('a', 1, { timeoutMs: 4_000 })).toBe(Code.DEADLINE_EXCEEDED);
    expect(await graph.call('a', 1, { timeoutMs: 4_000 })).toBe(Code.DEADLINE_EXCEEDED);
  },
);

test('a run that is cancelled waits no longer for word of a target', async () => {
  const relay = handWritten('relay', async (packet, { send }) => (await send('out', packet)).reply);
  const hole = await blackHole();
  const graph = await runGraph([{ kind: 'relay', name: 'a', ports: { out: [at(hole, 'b')] } }], [relay]);
  const stop = new AbortController();

  const reply = graph.call('a', 1, { signal: stop.signal });
  setTimeout(() => stop.abort(), 50);

  await expect(reply).rejects.toMatchObject({ code: Code.CANCELLED });
  await expect.poll(() => graph.processes.size).toBe(0);
});
