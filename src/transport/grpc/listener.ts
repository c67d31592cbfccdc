import {
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  type ServerOptions,
} from 'node:http2';
import type { Socket } from 'node:net';
import type { Acceptor } from '../../core/acceptor.ts';
import { type Bound, bind } from './bind.ts';
import { Connection } from './connection.ts';
import { type GrpcServerOptions, type ListenerSettings, listenerSettings } from './listener-options.ts';
import { ReceiveBudget } from './receive-budget.ts';
import { readHead } from './request-head.ts';
import { ServerCall } from './server-call.ts';
import { type ServerTls, serverTls } from './server-tls.ts';
import { ignoreErrors } from './stream-events.ts';
import { parseListenAddress } from './target.ts';

/** Headers beyond this are refused by HTTP/2 itself, before they cost anything; below it the call gets a status. */
const headerListBytes = 32 * 1024;
const headerListPairs = 512;

type Http2 = Http2Server | Http2SecureServer;

/**
 * Brings calls to an acceptor over HTTP/2, from any number of addresses. Built on node:http2: the server of grpc-js hides from
 * its handlers what must be refused (truncated or wrongly flagged messages, a second message, foreign methods and content types).
 */
export class GrpcListener implements AsyncDisposable {
  readonly #acceptor: Acceptor;
  readonly #settings: ListenerSettings;
  readonly #budget: ReceiveBudget;
  readonly #servers = new Map<Http2, Promise<void>>();
  readonly #connections = new Map<ServerHttp2Session, Connection>();
  readonly #handshaking = new Set<Socket>();
  #draining = false;

  constructor(acceptor: Acceptor, options: GrpcServerOptions = {}) {
    this.#acceptor = acceptor;
    this.#settings = listenerSettings(options);
    this.#budget = new ReceiveBudget(this.#settings.maxReceivingBytes);
  }

  /** Opens `host:port` (port 0 picks one) or `unix:/path`; may be called several times. Rejects with an Error that quotes the address. */
  async listen(address: string, { tls }: { tls?: ServerTls } = {}): Promise<Bound> {
    const where = parseListenAddress(address);
    if (this.#draining) throw new Error(`Cannot listen on "${address}": the listener was closed`);
    const server = this.#create(tls);
    let listenAddress = address;
    server.on('session', (session) => this.#onSession(session, listenAddress));
    if (tls !== undefined) server.on('connection', this.#onHandshake);
    // Peers that are no HTTP/2 clients: their connection ends, nothing else does.
    server.on('sessionError', (error) => this.#settings.log.debug('connection failed', { error: error.message }));
    server.on('tlsClientError', (error) => this.#settings.log.debug('TLS handshake failed', { error: error.message }));
    const bound = await bind(server, where, address);
    listenAddress = bound.address;
    server.on('error', (error) => this.#settings.log.error('listening failed', { address: listenAddress, error }));
    this.#servers.set(server, new Promise((resolve) => server.once('close', resolve)));
    return bound;
  }

  /** No new connections and calls; GOAWAY to every peer. Resolves when the last connection has closed. */
  async drain(): Promise<void> {
    this.#draining = true;
    for (const server of this.#servers.keys()) server.close();
    for (const connection of this.#connections.values()) connection.drain();
    await Promise.all(this.#servers.values());
  }

  /** Destroys the connections that are left. */
  cut(): void {
    for (const connection of this.#connections.values()) connection.cut();
    for (const socket of this.#handshaking) socket.destroy();
  }

  /** Ends everything; resolves when every socket is closed. */
  async close(): Promise<void> {
    const drained = this.drain();
    // Frames that were handed over, such as the status of the last call, still leave; so do connections without calls.
    await new Promise((resolve) => setImmediate(resolve));
    for (const connection of this.#connections.values()) if (connection.busy) connection.cut();
    for (const socket of this.#handshaking) socket.destroy();
    await drained;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #create(tls: ServerTls | undefined): Http2 {
    const { maxConcurrentStreams, maxSessionMemoryMb, flowControlWindow, handshakeTimeoutMs } = this.#settings;
    const options: ServerOptions = {
      maxSessionMemory: maxSessionMemoryMb,
      maxHeaderListPairs: headerListPairs,
      settings: {
        maxConcurrentStreams,
        initialWindowSize: flowControlWindow,
        maxHeaderListSize: headerListBytes,
        enablePush: false,
      },
    };
    const server =
      tls === undefined
        ? createServer(options)
        : createSecureServer({ ...options, ...serverTls(tls), handshakeTimeout: handshakeTimeoutMs });
    return server.setTimeout(0);
  }

  /** Until its handshake is done a socket has no session that could be drained or cut. */
  #onHandshake = (socket: Socket): void => {
    this.#handshaking.add(socket);
    socket.once('close', () => this.#handshaking.delete(socket));
  };

  #onSession(session: ServerHttp2Session, listenAddress: string): void {
    const connection = new Connection(session, this.#settings, listenAddress);
    this.#connections.set(session, connection);
    session.once('close', () => this.#connections.delete(session));
    session.on('error', (error) => this.#settings.log.debug('connection failed', { error: error.message }));
    const host = {
      acceptor: this.#acceptor,
      budget: this.#budget,
      peer: connection.peer,
      receiveTimeoutMs: this.#settings.receiveTimeoutMs,
    };
    session.on(
      'stream',
      (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, _flags: number, ...[raw = []]: string[][]) => {
        ignoreErrors(stream);
        connection.opened(stream);
        const head = readHead(stream, headers, raw, this.#settings);
        if (head !== undefined) new ServerCall(stream, host, head, raw);
      },
    );
    if (this.#draining) connection.drain();
  }
}
