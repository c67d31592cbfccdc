import { createServer, silentLogger } from 'flowrpc';
import { createKinds } from 'flowrpc/nodes';
import { createRuntime } from 'flowrpc/runtime';
import { fileStore } from 'flowrpc/stores';
import { KeyLog } from './key-log.ts';
import type { Work } from './peers/peer.ts';
import { replicaService } from './peers/replica-service.ts';

/*
 * A server whose answers come from a graph that follows a folder of specs, `folder-process.ts FOLDER KEYLOG`: Get and Put give what the node
 * "answer" says. Asked for its problems it tells how many there are.
 */

const [folder = '', keyLog = ''] = process.argv.slice(2);
const log = new KeyLog(keyLog);
const specs = await fileStore(folder);
const runtime = await createRuntime({ specs, kinds: createKinds(), logger: silentLogger });
await runtime.load();
await runtime.watch();

const answer = async ({ key }: Work) => {
  const replica = String(await runtime.call('answer', {}));
  log.write({ key, replica, refused: false, at: Date.now() });
  return { replica, n: 1, bulk: new Uint8Array() };
};
const server = createServer({ logger: silentLogger }).add(await replicaService(), { get: answer, put: answer });
const { port } = await server.listen('127.0.0.1:0');
process.on('disconnect', () => process.exit(0));
process.on('message', () => process.send?.({ problems: runtime.problems.length }));
process.send?.({ port });
