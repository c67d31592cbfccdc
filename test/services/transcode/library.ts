import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import {
  Code,
  createServer,
  errorInfo,
  type HandlerContext,
  loadServices,
  retryInfo,
  type ServerOptions,
  StatusError,
  silentLogger,
} from 'flowrpc';
import { type TranscoderOptions, transcoder } from 'flowrpc/services';
import { onTestFinished } from 'vitest';

/** What the handlers of the library were called with. */
export interface Seen {
  readonly method: string;
  readonly request: Record<string, unknown>;
  readonly context: HandlerContext;
}

const services = await loadServices(fileURLToPath(new URL('shelves.proto', import.meta.url)));
export const Library = services['shelves.v1.Library']!;

/** A server with the library, and HTTP in front of it. Closed with the test. */
export async function library(
  options: Omit<TranscoderOptions, 'server' | 'channel'> = {},
  serverOptions: ServerOptions = {},
): Promise<{ url: string; seen: Seen[]; server: ReturnType<typeof createServer> }> {
  const seen: Seen[] = [];
  const record = (method: string) => (request: unknown, context: HandlerContext) => {
    seen.push({ method, request: request as Record<string, unknown>, context });
    return request as Record<string, unknown>;
  };
  const book = (method: string) => (request: unknown, context: HandlerContext) => ({
    name: record(method)(request, context).name,
  });
  const server = createServer({ logger: silentLogger, ...serverOptions });
  server.add(Library, {
    getBook: (request: unknown, context: HandlerContext) => {
      const { name } = record('getBook')(request, context);
      context.header.set('x-request-id', context.metadata.get('x-request-id') ?? 'none');
      if (name === 'missing') {
        const details = [
          errorInfo({ reason: 'GONE', domain: 'library' }),
          retryInfo({ retryDelay: { seconds: 3n, nanos: 1 } }),
        ];
        throw new StatusError(Code.NOT_FOUND, 'No such book', { details });
      }
      return { name, pages: 9_007_199_254_740_993n, cover: new Uint8Array([1, 2]), genre: 'NOVEL' };
    },
    listBooks: (request: unknown, context: HandlerContext) => {
      record('listBooks')(request, context);
      return { books: [{ name: 'a' }, { name: 'b' }], total: 2 };
    },
    createBook: (request: unknown, context: HandlerContext) =>
      (record('createBook')(request, context) as { book?: object }).book ?? {},
    updateBook: (request: unknown, context: HandlerContext) =>
      (record('updateBook')(request, context) as { book?: object }).book ?? {},
    archiveBook: book('archiveBook'),
    readFile: book('readFile'),
    purge: book('purge'),
    async *watchBooks(request: unknown, context: HandlerContext) {
      const { pageSize } = record('watchBooks')(request, context) as { pageSize: number };
      for (let n = 0; n < pageSize; n++) yield { name: `book ${n}` };
      if (pageSize === 2) throw new StatusError(Code.ABORTED, 'No more');
      if (pageSize === 0) throw new StatusError(Code.NOT_FOUND, 'No books');
    },
    cover: () => ({ contentType: 'image/png', data: new Uint8Array([1, 2, 3]) }),
    putCover: (request: unknown, context: HandlerContext) => record('putCover')(request, context).cover,
    importBooks: async (requests: AsyncIterable<unknown>) => {
      const books: unknown[] = [];
      for await (const one of requests) books.push(one);
      return { books, total: books.length };
    },
    async *converse(requests: AsyncIterable<unknown>) {
      for await (const one of requests) yield one;
    },
    fail: () => {
      throw new Error('secret text');
    },
  } as never);
  const url = await over(server, options);
  return { url, seen, server };
}

/** HTTP in front of a server. Closed with the test. */
export async function over(
  server: ReturnType<typeof createServer>,
  options: Omit<TranscoderOptions, 'server' | 'channel'> = {},
): Promise<string> {
  const door = transcoder({ server, logger: silentLogger, ...options });
  const http = createHttpServer(door.handle);
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    http.closeAllConnections();
    await new Promise<void>((resolve) => http.close(() => resolve()));
    await door.close();
    await server.close({ graceMs: 50 });
  });
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
}

/** The JSON of an answer, with its status. */
export async function ask(
  url: string,
  path: string,
  init: RequestInit & { json?: unknown } = {},
): Promise<{ status: number; body: unknown; headers: Headers }> {
  const { json, ...rest } = init;
  const sent =
    json === undefined
      ? {}
      : { method: 'POST', body: JSON.stringify(json), headers: { 'content-type': 'application/json' } };
  const response = await fetch(url + path, {
    ...sent,
    ...rest,
    headers: { ...(sent as { headers?: object }).headers, ...(rest.headers as object) },
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
}
