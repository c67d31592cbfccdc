import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ConnectionHandler } from './server-connections.ts';
import type { ServerSettings } from './server-settings.ts';
import { plainHead, wantsWebsocket } from './server-upgrade.ts';

/** Fields of a header at most. */
export const headerPairs = 128;

/** Reads HTTP/1.1 from the connections that are given to it by event `connection`. */
export function http1Server(
  { maxHeaderBytes, headerMs, requestMs, idleMs }: ServerSettings,
  handler: ConnectionHandler,
): Server {
  const server = createServer({
    maxHeaderSize: maxHeaderBytes,
    headersTimeout: Math.min(headerMs, requestMs),
    requestTimeout: requestMs,
    keepAliveTimeout: idleMs,
    connectionsCheckingInterval: Math.max(50, Math.min(1_000, headerMs / 2)),
  });
  const answering = new WeakMap<Duplex, ServerResponse>();
  server.maxHeadersCount = headerPairs;
  server.on('request', (request, reply) => {
    answering.set(request.socket, reply);
    handler.request(request, reply);
  });
  server.on('checkContinue', (request, reply) => {
    answering.set(request.socket, reply);
    handler.expects(request, reply);
  });
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', ignore);
    afterAnswer(answering.get(socket), socket, () => {
      if (wantsWebsocket(request)) handler.upgrade(request, socket, head);
      else startAgain(server, request, socket, head);
    });
  });
  // It listens nowhere, but its clocks for slow requests start with this.
  server.emit('listening');
  return server;
}

/** A client may ask for an upgrade while earlier requests of its connection wait for their answers. */
function afterAnswer(before: ServerResponse | undefined, socket: Duplex, go: () => void): void {
  if (before === undefined || before.closed || before.destroyed) return go();
  before.once('close', () => {
    if (socket.writable) go();
    else socket.destroy();
  });
}

/** Protocols that nobody here speaks are not asked for: the request counts as if it had not. */
function startAgain(server: Server, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  socket.unshift(Buffer.concat([plainHead(request), head]));
  server.emit('connection', socket);
}

function ignore(): void {}
