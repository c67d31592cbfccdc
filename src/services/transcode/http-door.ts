import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { detached } from '../../core/current.ts';
import { maxTimerMs } from '../../core/deadline.ts';
import type { Logger } from '../../observability/logger.ts';
import { ServerMaterial, type ServerTls } from '../../transport/grpc/index.ts';
import { formatAddress } from '../../transport/grpc/target.ts';

export type HttpHandler = (request: IncomingMessage, response: ServerResponse) => void;

export interface HttpDoorOptions {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly tls?: ServerTls | undefined;
  readonly logger: Logger;
}

/** What bounds connections: slow ones are closed. */
const limits = { headersTimeout: 10_000, requestTimeout: 300_000, keepAliveTimeout: 10_000, maxHeaderSize: 16 * 1024 };
const maxConnections = 10_000;

/** An address where HTTP requests come in. Whoever handles them may change while it is open. */
export class HttpDoor {
  handler: HttpHandler;
  readonly #server: Server;
  readonly #options: HttpDoorOptions;
  readonly #unwatch: () => void;
  #closing: Promise<void> | undefined;

  private constructor(server: Server, options: HttpDoorOptions, handler: HttpHandler, unwatch: () => void) {
    this.#server = server;
    this.#options = options;
    this.handler = handler;
    this.#unwatch = unwatch;
    server.on('request', (request, response) => {
      // A connection that is kept would hold up the end.
      if (this.#closing !== undefined) response.setHeader('connection', 'close');
      this.handler(request, response);
    });
  }

  /** Opens it. Rejects with an Error that names the address, and why. */
  static open(options: HttpDoorOptions, handler: HttpHandler): Promise<HttpDoor> {
    return detached(async () => {
      const { host, port, tls, logger } = options;
      const material = tls === undefined ? undefined : new ServerMaterial(tls);
      const server =
        material === undefined ? createServer(limits) : createSecureServer({ ...limits, ...material.options });
      server.maxConnections = maxConnections;
      await new Promise<void>((resolve, reject) => {
        server.once('error', (error) => reject(new Error(`Cannot listen on ${host}:${port}: ${error.message}`)));
        server.listen(port, host, resolve);
      });
      server.removeAllListeners('error');
      server.on('error', (error) => logger.error('an HTTP listener failed', { error }));
      const unwatch = material?.watch(server as never, logger, `${host}:${port}`) ?? (() => {});
      return new HttpDoor(server, options, handler, unwatch);
    });
  }

  /** `127.0.0.1:8080`, with the real port. */
  get address(): string {
    const { host } = this.#options;
    const { port } = this.#server.address() as AddressInfo;
    return formatAddress(host, port);
  }

  /** Takes no new connections, lets requests under way end, and cuts those that outlive the grace period. */
  close({ graceMs = 25_000 }: { graceMs?: number } = {}): Promise<void> {
    this.#closing ??= this.#close(graceMs);
    return this.#closing;
  }

  async #close(graceMs: number): Promise<void> {
    this.#unwatch();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
    const timer = setTimeout(() => this.#server.closeAllConnections(), Math.min(graceMs, maxTimerMs));
    await closed;
    clearTimeout(timer);
  }
}
