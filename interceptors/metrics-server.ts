import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { checkOptions, detached } from 'flowrpc';
import { exportFormat } from './metrics/prometheus-accept.ts';
import type { Registry } from './metrics/prometheus-registry.ts';
import type { TextFormat } from './metrics/prometheus-text.ts';
import { endpointOf } from './tracing/endpoint.ts';

export interface MetricsServerOptions {
  registry: Registry;
  /** `host:port`, port 0 for a free one, or `unix:path`. Loopback by default: metrics tell strangers what a service does. */
  address?: string;
  /** Where the metrics are; all other paths are 404. */
  path?: string;
}

export interface MetricsServer extends AsyncDisposable {
  /** Where it listens: `127.0.0.1:9464`. */
  readonly address: string;
  /** 0 for a Unix socket. */
  readonly port: number;
  /** Stops listening and ends its connections. */
  close(): Promise<void>;
}

/** Connections at a time; scrapers need one each. */
const maxConnections = 64;
const requestTimeoutMs = 10_000;

const contentTypes: Readonly<Record<TextFormat, string>> = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

/**
 * Serves a registry to Prometheus over HTTP: GET and HEAD of one path, in the text format or, to those that ask for it, as OpenMetrics. Does
 * not keep the process running by itself. Rejects when it cannot listen.
 */
export async function metricsServer({
  registry,
  address = '127.0.0.1:9464',
  path = '/metrics',
  ...rest
}: MetricsServerOptions): Promise<MetricsServer> {
  checkOptions('metricsServer', rest, ['registry', 'address', 'path']);
  if (typeof registry?.text !== 'function') throw new TypeError('Cannot serve metrics without a registry');
  if (!/^\/[^?#\s]*$/.test(path))
    throw new TypeError(`Cannot serve metrics at "${path}": wanted a path such as "/metrics"`);
  const endpoint = listenOptions(address);
  const server = createServer((request, response) => answer(registry, path, request, response));
  server.maxConnections = maxConnections;
  server.requestTimeout = requestTimeoutMs;
  server.headersTimeout = requestTimeoutMs;
  server.on('connection', (socket) => socket.unref());
  await detached(() => listening(server, endpoint, address));
  server.unref();
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  const close = (): Promise<void> => closed(server);
  return {
    address: port === 0 ? address : address.replace(/\d+$/, String(port)),
    port,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function answer(registry: Registry, path: string, request: IncomingMessage, response: ServerResponse): void {
  const { method, url = '', headers } = request;
  // Bodies are of no interest, and must not hold up the connection.
  request.resume();
  if (url.split('?', 1)[0] !== path) return refuse(response, 404, 'Not found');
  if (method !== 'GET' && method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    return refuse(response, 405, 'Method not allowed');
  }
  const format = exportFormat(headers.accept);
  let body: Buffer;
  try {
    body = Buffer.from(registry.text(format));
  } catch {
    return refuse(response, 500, 'The metrics could not be collected');
  }
  response.writeHead(200, {
    'content-type': contentTypes[format],
    'content-length': body.byteLength,
    'cache-control': 'no-store',
    vary: 'accept',
  });
  response.end(method === 'HEAD' ? undefined : body);
}

function refuse(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
}

function listenOptions(address: string): { path: string } | { host: string; port: number } {
  const { address: host, port } = endpointOf(address);
  if (address.startsWith('unix:') && host !== '') return { path: host };
  if (port !== undefined && port <= 65_535) return { host, port };
  throw new TypeError(`Cannot serve metrics on "${address}": wanted host:port or unix:path`);
}

function listening(
  server: Server,
  options: { path: string } | { host: string; port: number },
  address: string,
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new Error(`Cannot serve metrics on ${address}: ${cause.message}`, { cause })),
    );
    // For as long as it listens: a connection that could not be accepted must not end the process.
    let told = false;
    server.on('error', ({ message }) => {
      if (!server.listening || told) return;
      told = true;
      process.emitWarning(`The metrics server on ${address} has trouble: ${message}`, {
        type: 'FlowrpcWarning',
        code: 'FLOWRPC_METRICS_SERVER',
      });
    });
    server.listen(options, resolve);
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
