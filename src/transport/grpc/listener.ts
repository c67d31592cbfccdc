import type {
  Http2SecureServer,
  Http2Server,
  IncomingHttpHeaders,
  ServerHttp2Session,
  ServerHttp2Stream,
} from 'node:http2';
import { createServer, type Server, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Acceptor } from '../../core/acceptor.ts';
import { clientOf } from './admission.ts';
import { type Bound, bind } from './bind.ts';
import { Connection, lingerMs } from './connection.ts';
import { addressOf, handshakeFault } from './handshake-fault.ts';
import { createHttp2 } from './http2-server.ts';
import { type GrpcServerOptions, type ListenerSettings, listenerSettings } from './listener-options.ts';
import { warnOfNode } from './node-floor.ts';
import { ReceiveBudget } from './receive-budget.ts';
import { readHead } from './request-head.ts';
import { ServerCall } from './server-call.ts';
import type { ServerTls } from './server-tls.ts';
import { type EndCalls, SessionTable } from './session-table.ts';
import { ignoreErrors } from './stream-events.ts';
import { parseListenAddress } from './target.ts';
import { ServerMaterial } from './tls-reload.ts';

/**
 * Brings calls to an acceptor over HTTP/2, from any number of addresses. Built on node:http2: the server of grpc-js hides from
 * its handlers what must be refused (truncated or wrongly flagged messages, a second message, foreign methods and content types).
 */
export class GrpcListener implements AsyncDisposable {
  readonly sessions: SessionTable;
  readonly #acceptor: Acceptor;
  readonly #settings: ListenerSettings;
  readonly #budget: ReceiveBudget;
  readonly #endCalls: EndCalls;
  readonly #doors = new Map<Server, Promise<void>>();
  readonly #connections = new Map<ServerHttp2Session, Connection>();
  readonly #handshaking = new Set<Socket>();
  /** All that are open. */
  readonly #sockets = new Set<Socket>();
  #draining = false;

  /** `endCalls` is asked to end the calls of a session that is disconnected; without it they are reset. */
  constructor(
    acceptor: Acceptor,
    options: GrpcServerOptions = {},
    { endCalls = () => {} }: { endCalls?: EndCalls } = {},
  ) {
    this.#acceptor = acceptor;
    this.#settings = listenerSettings(options);
    this.#budget = new ReceiveBudget(this.#settings.maxReceivingBytes);
    this.#endCalls = endCalls;
    this.sessions = new SessionTable(this.#settings);
  }

  /** Opens `host:port` (port 0 picks one) or `unix:/path`; may be called several times. Rejects with an Error that quotes the address. */
  async listen(address: string, { tls }: { tls?: ServerTls } = {}): Promise<Bound> {
    const where = parseListenAddress(address);
    if (this.#draining) throw new Error(`Cannot listen on "${address}": the listener was closed`);
    const { log } = this.#settings;
    const material = tls === undefined ? undefined : new ServerMaterial(tls);
    const http2 = createHttp2(this.#settings, material?.options);
    let listenAddress = address;
    http2.on('session', (session) => this.#onSession(session, listenAddress));
    http2.on('tlsClientError', this.#onHandshakeError);
    http2.on('error', (error) => log.error('serving failed', { address: listenAddress, error }));
    // A door of our own: whoever is one too many goes before anything is spent on a handshake.
    const door = createServer((socket) => this.#onConnection(socket, http2, material !== undefined));
    const bound = await bind(door, where, address);
    listenAddress = bound.address;
    warnOfNode(where, log);
    door.on('error', (error) => log.error('listening failed', { address: listenAddress, error }));
    this.#doors.set(door, new Promise((resolve) => door.once('close', resolve)));
    if (material !== undefined) door.once('close', material.watch(http2 as Http2SecureServer, log, listenAddress));
    return bound;
  }

  /** No new connections and calls; GOAWAY to every peer. Resolves when the last connection has closed. */
  async drain(): Promise<void> {
    this.#draining = true;
    for (const door of this.#doors.keys()) door.close();
    for (const connection of this.#connections.values()) connection.drain('shutdown');
    await Promise.all(this.#doors.values());
    // Their sockets are closed; Node says so of the sessions a little later.
    for (const connection of this.#connections.values()) this.#forget(connection);
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
    // A session that is gone ends its socket and leaves the rest to a peer, who may never let go.
    const linger = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy();
    }, lingerMs);
    await drained;
    clearTimeout(linger);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #onConnection(socket: Socket, http2: Http2Server | Http2SecureServer, secure: boolean): void {
    const client = clientOf(socket.remoteAddress);
    if (!this.sessions.enter(client, addressOf(socket))) {
      socket.destroy();
      return;
    }
    // Until its handshake is done a socket has no session that could be drained or cut.
    if (secure) this.#handshaking.add(socket);
    this.#sockets.add(socket);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      this.sessions.leave(client);
      this.#handshaking.delete(socket);
    });
    http2.emit('connection', socket);
  }

  /** Peers that cannot or may not speak to us: their connection ends, nothing else does. */
  #onHandshakeError = (error: Error, socket: TLSSocket): void => {
    const fault = handshakeFault(error, socket);
    this.#settings.log.debug('TLS handshake failed', { address: fault.address, error: fault.error.message });
    this.sessions.broke(fault.address, fault.error);
  };

  #onSession(http2: ServerHttp2Session, listenAddress: string): void {
    const { log } = this.#settings;
    const connection = new Connection(http2, { settings: this.#settings, listenAddress, endCalls: this.#endCalls });
    const { session } = connection;
    this.#connections.set(http2, connection);
    http2.once('close', () => {
      this.#connections.delete(http2);
      this.#forget(connection);
    });
    http2.on('error', (error) => {
      log.debug('connection failed', { address: session.peer.address, error: error.message });
      connection.broke(error);
      this.sessions.broke(session.peer.address, error, session);
    });
    const host = {
      acceptor: this.#acceptor,
      budget: this.#budget,
      peer: connection.peer,
      receiveTimeoutMs: this.#settings.receiveTimeoutMs,
    };
    http2.on(
      'stream',
      (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, _flags: number, ...[raw = []]: string[][]) => {
        ignoreErrors(stream);
        connection.opened(stream);
        const head = readHead(stream, headers, raw, this.#settings);
        if (head !== undefined) new ServerCall(stream, host, head, raw);
      },
    );
    this.sessions.add(connection);
    if (this.#draining) connection.drain('shutdown');
  }

  #forget(connection: Connection): void {
    this.sessions.remove(connection, connection.why, connection.message);
  }
}
