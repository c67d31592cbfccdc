import type { Server as Http1Server, IncomingMessage, ServerResponse } from 'node:http';
import {
  constants,
  createServer as createHttp2,
  type Http2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from 'node:http2';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createServer as createTls, type TLSSocket, type Server as TlsServer } from 'node:tls';
import { headerPairs, http1Server } from './server-http1.ts';
import type { ServerSettings } from './server-settings.ts';

export type ServerRequest = IncomingMessage | Http2ServerRequest;
export type ServerReply = ServerResponse | Http2ServerResponse;

/** Who gets what comes over the connections. */
export interface ConnectionHandler {
  request(request: ServerRequest, reply: ServerReply): void;
  /** A request whose body is sent only once it was asked for. */
  expects(request: ServerRequest, reply: ServerReply): void;
  /** A request for websocket, which asks to have the socket; nothing is to be written there before. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

const maxStreams = 100;
const sessionMemoryMb = 10;
/** How long connections may take to finish what they are at. */
const drainMs = 10_000;

/** The connections of one listener: HTTP/1.1 and HTTP/2 on one port, told apart by ALPN or, without TLS, by their first bytes. */
export class Connections {
  readonly #settings: ServerSettings;
  readonly #http1: Http1Server;
  readonly #http2: Http2Server;
  readonly #tls: TlsServer | undefined;
  /** By the address of their other end. */
  readonly #sockets = new Map<string, Socket>();
  readonly #sessions = new Set<ServerHttp2Session>();
  #draining = false;
  #drained: (() => void) | undefined;

  constructor(settings: ServerSettings, handler: ConnectionHandler) {
    this.#settings = settings;
    this.#http1 = http1Server(settings, handler);
    this.#http2 = http2Server(settings, handler);
    this.#http2.on('session', (session) => this.#keepSession(session));
    this.#tls = settings.tls === undefined ? undefined : this.#tlsServer(settings.tls);
  }

  /** Whether connections are to end after their next answer. */
  get draining(): boolean {
    return this.#draining;
  }

  /** Lets a new connection in. */
  readonly admit = (socket: Socket): void => {
    const id = addressOf(socket);
    // Gone already.
    if (socket.remotePort === undefined) return void socket.destroy();
    this.#sockets.set(id, socket);
    socket.on('error', ignore);
    socket.once('close', () => this.#gone(id, socket));
    if (this.#tls === undefined) this.#tellApart(socket);
    else this.#tls.emit('connection', socket);
  };

  /** Somebody else has taken the socket over: it is not closed here. */
  release(socket: Duplex): void {
    const id = addressOf(socket as Socket);
    const raw = this.#sockets.get(id);
    if (raw !== undefined) this.#gone(id, raw);
  }

  /** Lets connections end after what they are at; those that take too long are cut. */
  async close(): Promise<void> {
    this.drain();
    if (this.#sockets.size > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, drainMs);
        this.#drained = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    for (const session of this.#sessions) session.destroy();
    for (const socket of this.#sockets.values()) socket.destroy();
    // Takes its timer down.
    this.#http1.close(ignore);
  }

  /** Others get new connections; these end after what they are asked next, or when they are idle for too long. */
  retire(whenGone: () => void): void {
    this.#draining = true;
    this.#drained = whenGone;
    if (this.#sockets.size === 0) whenGone();
  }

  /** No connection takes further requests. */
  drain(): void {
    this.#draining = true;
    this.#http1.closeIdleConnections();
    for (const session of this.#sessions) session.close();
  }

  #gone(id: string, socket: Socket): void {
    if (this.#sockets.get(id) === socket) this.#sockets.delete(id);
    if (this.#sockets.size === 0) this.#drained?.();
  }

  /** The client preface of HTTP/2 begins like no request of HTTP/1. */
  #tellApart(socket: Socket): void {
    const timer = setTimeout(() => socket.destroy(), this.#settings.headerMs);
    const give = (): void => void socket.destroy();
    const stop = (): void => clearTimeout(timer);
    let head: Buffer = Buffer.alloc(0);
    const look = (): void => {
      const chunk = socket.read() as Buffer | null;
      if (chunk !== null) head = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
      const start = head.toString('latin1', 0, 3);
      if (head.length < 3 && 'PRI'.startsWith(start)) {
        if (!socket.readableEnded && !socket.destroyed) socket.once('readable', look);
        return;
      }
      stop();
      socket.off('close', stop).off('end', give);
      socket.unshift(head);
      (start === 'PRI' ? this.#http2 : this.#http1).emit('connection', socket);
    };
    socket.once('readable', look);
    socket.once('close', stop);
    socket.once('end', give);
  }

  #tlsServer({ cert, key }: { cert: string; key: string }): TlsServer {
    const { headerMs } = this.#settings;
    const server = createTls({
      cert,
      key,
      ALPNProtocols: ['h2', 'http/1.1'],
      handshakeTimeout: headerMs,
      minVersion: 'TLSv1.2',
    });
    server.on('secureConnection', (socket: TLSSocket) => {
      socket.on('error', ignore);
      (socket.alpnProtocol === 'h2' ? this.#http2 : this.#http1).emit('connection', socket);
    });
    server.on('tlsClientError', (_error, socket) => socket.destroy());
    return server;
  }

  #keepSession(session: ServerHttp2Session): void {
    this.#sessions.add(session);
    session.once('close', () => this.#sessions.delete(session));
    session.setTimeout(this.#settings.idleMs, () => session.close());
    if (this.#draining) session.close();
  }
}

function http2Server({ maxHeaderBytes, requestMs }: ServerSettings, handler: ConnectionHandler): Http2Server {
  const server = createHttp2({
    maxSessionMemory: sessionMemoryMb,
    maxHeaderListPairs: headerPairs,
    settings: { maxConcurrentStreams: maxStreams, maxHeaderListSize: maxHeaderBytes, enablePush: false },
  });
  server.on('request', (request, reply) => {
    bound(request, requestMs);
    handler.request(request, reply);
  });
  server.on('checkContinue', (request, reply) => {
    bound(request, requestMs);
    handler.expects(request, reply);
  });
  server.on('sessionError', ignore);
  return server;
}

/** A request that is not all there in time is reset: HTTP/2 has no clock of its own for that. */
function bound(request: Http2ServerRequest, requestMs: number): void {
  const { stream } = request;
  if (stream.endAfterHeaders) return;
  const late = (): void => {
    stream.close(constants.NGHTTP2_CANCEL);
    stream.destroy();
  };
  const timer = setTimeout(late, requestMs).unref();
  const stop = (): void => clearTimeout(timer);
  request.once('end', stop).once('close', stop);
}

function addressOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

function ignore(): void {}
