// npm start: a graph over two processes and a foreign service, fed from a file. `--once` ends after the input.
import { readFileSync } from 'node:fs';
import { createServer, StatusError } from 'flowrpc';
import { createGraph, type Hop, parseSpecs } from 'flowrpc/graph';
import { health, reflection } from 'flowrpc/services';
import { start } from './processes.ts';

const here = (name: string) => new URL(name, import.meta.url).pathname;
const once = process.argv.includes('--once');
const anyPort = process.argv.includes('--any-port');
const port = (usual: number) => String(anyPort ? 0 : usual);

// From the start, so that the other processes never outlive this one; for good, since npm passes each Ctrl-C on once more.
const interrupted = new Promise((resolve) => process.on('SIGINT', resolve).on('SIGTERM', resolve));

await using geo = await start(here('geo-service.ts'), [port(50053)]);
await using back = await start(here('../../src/cli/main.ts'), [
  'serve',
  here('back.yaml'),
  '--listen',
  `127.0.0.1:${port(50052)}`,
]);
const yaml = readFileSync(here('front.yaml'), 'utf8')
  .replaceAll('127.0.0.1:50053', geo.address)
  .replaceAll('127.0.0.1:50052', back.address);

const server = createServer().add(health()).add(reflection());
const graph = await createGraph({ ...parseSpecs(yaml, { file: here('front.yaml') }), server });
const { address } = await server.listen(`127.0.0.1:${port(50051)}`);
console.log(`this process: ${address} · second process: ${back.address} · foreign service: ${geo.address}\n`);

let hops: Hop[] = [];
for (const line of readFileSync(here('cities.jsonl'), 'utf8').trim().split('\n')) {
  const trail: Hop[] = [];
  try {
    const reply = await graph.call('intake', JSON.parse(line), { timeoutMs: 2_000, onHop: (hop) => trail.push(hop) });
    console.log((reply as { text: string }).text);
    hops = trail;
  } catch (error) {
    console.log(`${JSON.parse(line).name}: ${error instanceof StatusError ? error.message : error}`);
  }
}

console.log('\nthe hops of the last one, in the order they ended:');
console.table(
  hops.map(({ node, address, remainingMs, code }) => ({
    node,
    address,
    'left at start': `${Math.round(remainingMs ?? 0)} ms`,
    status: code,
  })),
);

if (!once) {
  console.log(
    `\ntry\n  grpcurl -plaintext ${address} list\n  grpcurl -plaintext -d '${'{"name":"Oslo","lat":59.9,"lon":10.7,"population":717000}'}' ${address} default.intake/In`,
  );
  console.log(
    `  npx flowrpc call ${address} default.intake/In -d '${'{"name":"Oslo","lat":59.9,"lon":10.7,"population":717000}'}'\nCtrl-C ends it`,
  );
  await interrupted;
}
await server.close({ graceMs: 2_000 });
await graph.close({ graceMs: 1_000 });
