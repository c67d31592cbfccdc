import { connect, createServer, silentLogger } from 'flowrpc';
import { health } from 'flowrpc/services';
import { expect, test } from 'vitest';
import { Health } from '../../src/wire/gen/grpc/health/v1/health.ts';
import { mapping, runGraph, to } from './run-graph.ts';

const echo = mapping('echo', (payload) => payload);

test('a watcher sees a node stop serving when its graph closes; a node that waits was never SERVING #125', async () => {
  await using server = createServer({ logger: silentLogger }).add(health());
  const graph = await runGraph(
    [
      { kind: 'echo', name: 'runs' },
      { kind: 'echo', name: 'waits', ports: to({ out: 'nobody' }) },
    ],
    [echo],
    { server, allowPending: true },
  );
  await using channel = connect((await server.listen('127.0.0.1:0')).address);
  const client = channel.client(Health);
  const runs = client.watch({ service: 'default.runs' });
  const waits = client.watch({ service: 'default.waits' });

  const first = await runs.next();
  const never = await waits.next();
  await graph.close();
  const last = await runs.next();

  expect(first.value).toMatchObject({ status: 'SERVING' });
  expect(never.value).toMatchObject({ status: 'SERVICE_UNKNOWN' });
  expect(['NOT_SERVING', 'SERVICE_UNKNOWN']).toContain((last.value as { status: string }).status);
  await Promise.all([runs.return?.(), waits.return?.()]);
});
