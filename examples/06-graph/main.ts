// A graph from a file. Each node is a gRPC service: called by name in this process, or by any client over the network.
import { readFileSync } from 'node:fs';
import { connect, createServer } from 'flowrpc';
import { createGraph, parseSpecs } from 'flowrpc/graph';
import { reflection, reflectionClient } from 'flowrpc/services';

const file = new URL('graph.yaml', import.meta.url).pathname;
const server = createServer().add(reflection());
const graph = await createGraph({ ...parseSpecs(readFileSync(file, 'utf8'), { file }), server });

console.log(await graph.call('measure', '  every node is a service  '));

try {
  await graph.call('measure', 42);
} catch (error) {
  console.log((error as Error).message);
}

// From outside: what any gRPC client sees and calls.
const { address } = await server.listen('127.0.0.1:0');
const channel = connect(address);
const reflected = reflectionClient(channel);
console.log((await reflected.list()).filter((name) => name.startsWith('default.')));
const shout = channel.client(await reflected.service('default.shout'));
console.log(await shout.in!({ kind: { case: 'stringValue', value: 'hello' } } as never));

await channel.close();
await server.close();
await graph.close();
