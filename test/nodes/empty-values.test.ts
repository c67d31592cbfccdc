import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connect, createServer, silentLogger } from 'flowrpc';
import { expect, onTestFinished, test } from 'vitest';
import { runGraph } from '../graph/run-graph.ts';

const baseDir = dirname(fileURLToPath(import.meta.url));

test.each([[{}], [[]], [''], [{ list: [], object: {}, text: '' }]])(
  '%j stays what it is through a script and an RPC #20',
  async (empty) => {
    const server = createServer({ logger: silentLogger });
    const later = { kind: 'snippet', name: 'later', language: 'typescript', module: './modules.ts', export: 'later' };
    await runGraph([later], [], { server, baseDir });
    onTestFinished(async () => void (await server.close({ graceMs: 50 })));
    await using channel = connect((await server.listen('127.0.0.1:0')).address);
    const client = channel.client(server.services.get('default.later')!) as unknown as {
      in(payload: unknown): Promise<unknown>;
    };

    expect(await client.in(empty)).toStrictEqual([empty]);
  },
);
