import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer as createSocket } from 'node:net';
import fastify from 'fastify';
import { silentLogger } from 'flowrpc';
import { createGraph, parseSpecs } from 'flowrpc/graph';

/** A server that answers GET /ping with "pong". */
export interface PingServer extends AsyncDisposable {
  readonly port: number;
}

/** Those that are compared, by name; the first is what the others are compared with. */
export const pingContenders: Readonly<Record<string, () => Promise<PingServer>>> = {
  async 'node:http'() {
    const server = createHttpServer((request, response) => {
      if (request.method === 'GET' && request.url === '/ping') {
        response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8', 'content-length': 4 });
        response.end('pong');
      } else {
        response.writeHead(404).end();
      }
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const { port } = server.address() as AddressInfo;
    return { port, [Symbol.asyncDispose]: async () => void server.close().closeAllConnections() };
  },

  async fastify() {
    const app = fastify();
    app.get('/ping', (_request, reply) => reply.type('text/plain; charset=utf-8').send('pong'));
    await app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = app.server.address() as AddressInfo;
    return { port, [Symbol.asyncDispose]: () => app.close() };
  },

  async flowrpc() {
    const port = await freePort();
    const { specs, problems } = parseSpecs(`
- kind: listener
  name: listener
  protocol: http
  port: ${port}
  ports: { out: [{ name: router, port: in }] }
- kind: router
  name: router
  routes: [{ method: GET, path: /ping, port: 'out[0]' }]
  ports: { 'out[0]': [{ name: pong, port: in }] }
- { kind: snippet, name: pong, language: text, code: pong }
`);
    const graph = await createGraph({ specs, problems, logger: silentLogger });
    return { port, [Symbol.asyncDispose]: () => graph.close({ graceMs: 100 }) };
  },
};

async function freePort(): Promise<number> {
  const socket = createSocket();
  await new Promise<void>((resolve) => {
    socket.listen(0, '127.0.0.1', resolve);
  });
  const { port } = socket.address() as AddressInfo;
  await new Promise((resolve) => socket.close(resolve));
  return port;
}
