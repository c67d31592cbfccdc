// A listener in front of a proxy, which asks its backends in turn. What goes through is neither read nor changed.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcp } from 'node:net';
import { silentLogger } from 'flowrpc';
import { createGraph, parseSpecs } from 'flowrpc/graph';

// Two backends that say who they are, and for whom they were asked.
const backends = ['one', 'two'].map((name) =>
  createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    response.setHeader('content-type', 'text/plain');
    response.end(`${name}: ${request.method} ${request.url} ${body}for ${request.headers['x-forwarded-for']}`);
  }).listen(0, '127.0.0.1'),
);
await Promise.all(backends.map((backend) => once(backend, 'listening')));
const urls = backends.map((backend) => `http://127.0.0.1:${(backend.address() as AddressInfo).port}/`);

// The graph as it is written; only where it listens and whom it asks are of this machine.
const port = await freePort();
const graphFile = readFileSync(new URL('graph.yaml', import.meta.url), 'utf8')
  .replace('8000', String(port))
  .replace(/https:\/\/backend\d\.com\//g, () => urls.shift()!);
const graph = await createGraph({ ...parseSpecs(graphFile), logger: silentLogger });

for (const path of ['/a', '/b?x=1', '/c']) {
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  console.log(response.status, await response.text());
}
const response = await fetch(`http://127.0.0.1:${port}/d`, { method: 'POST', body: '{"n": 1.0} ' });
console.log(response.status, await response.text());

await graph.close();
for (const backend of backends) backend.close().closeAllConnections();

async function freePort(): Promise<number> {
  const server = createTcp().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
