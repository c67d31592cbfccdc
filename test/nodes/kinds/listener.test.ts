import { once } from 'node:events';
import { request as requestHttp } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { request as requestHttps } from 'node:https';
import { type AddressInfo, connect as connectTcp, createServer as createTcp } from 'node:net';
import { brotliCompressSync, brotliDecompressSync, deflateSync, gunzipSync, gzipSync, inflateSync } from 'node:zlib';
import { Code, type Logger, StatusError, silentLogger } from 'flowrpc';
import { createGraph, readSpecs, validateGraph } from 'flowrpc/graph';
import { createKinds, defineKind, type NodeContext, none } from 'flowrpc/nodes';
import { describe, expect, onTestFinished, test } from 'vitest';
import { deferred, handWritten, mapping, runGraph, to } from '../../graph/run-graph.ts';
import { authority } from '../../transport/grpc/certificates.ts';
import { addressOf, bytesOf } from './http-servers.ts';

const listener = { kind: 'listener', name: 'listener', port: 0, ports: { out: [{ name: 'app', port: 'in' }] } };

type App = (payload: never, context: NodeContext) => unknown;

/** Serves one node behind a listener; gives its URL. */
async function serve(fn: App, fields: object = {}, options: object = {}): Promise<string> {
  const graph = await runGraph(
    [
      { ...listener, ...fields },
      { kind: 'app', name: 'app' },
    ],
    [mapping('app', fn)],
    options,
  );
  return `http${'tls' in fields ? 's' : ''}://${addressOf(graph)}`;
}

/** Sends bytes as they are written, and gives all that comes back until the connection ends. */
async function exchange(url: string, ...parts: string[]): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connectTcp(Number(port), hostname);
  onTestFinished(() => void socket.destroy());
  for (const part of parts) {
    socket.write(part, 'latin1');
    await new Promise((resolve) => setImmediate(resolve));
  }
  let got = '';
  socket.setEncoding('latin1');
  try {
    for await (const chunk of socket) got += chunk;
  } catch {
    // Cut off: what came before is what there is.
  }
  return got;
}

describe('listener: requests', () => {
  test('a request is the payload: method, scheme, host, path, query, protocol, header and body #98', async () => {
    const seen: unknown[] = [];
    const url = await serve((payload) => {
      seen.push(payload);
      return null;
    });

    await fetch(`${url}/a/b%20c?x=1&x=2&y=z%26`, {
      method: 'PUT',
      headers: { 'x-one': 'two', 'content-type': 'application/json' },
      body: '{"a":[1,null]}',
    });

    expect(seen).toEqual([
      {
        method: 'PUT',
        scheme: 'http',
        host: new URL(url).host,
        path: '/a/b%20c',
        query: { x: ['1', '2'], y: ['z&'] },
        protocol: 'HTTP/1.1',
        header: expect.objectContaining({ 'X-One': ['two'], 'Content-Type': ['application/json'] }),
        body: { a: [1, null] },
      },
    ]);
  });

  test.each([
    ['JSON', 'application/json', '[1]', [1]],
    ['+json', 'application/problem+json; charset=utf-8', '{"a":"ü"}', { a: 'ü' }],
    ['a form', 'application/x-www-form-urlencoded', 'a=1&a=2&b=%20', { a: ['1', '2'], b: [' '] }],
    ['text', 'text/plain', 'hello', 'hello'],
    ['XML', 'application/xml', '<a/>', '<a/>'],
    ['bytes', 'application/octet-stream', 'ab', new Uint8Array([97, 98])],
  ])('a body of %s arrives as what it stands for', async (_name, type, body, value) => {
    const seen: unknown[] = [];
    const url = await serve((payload: { body: unknown }) => {
      seen.push(payload.body);
      return null;
    });

    await fetch(url, { method: 'POST', headers: { 'content-type': type }, body });

    expect(seen).toEqual([value]);
  });

  test('a multipart body arrives as its values and files', async () => {
    let body: { values: object; files: Record<string, { filename: string; data: Uint8Array }[]> } | undefined;
    const url = await serve((payload: { body: typeof body }) => {
      body = payload.body;
      return null;
    });
    const form = new FormData();
    form.append('a', 'one');
    form.append('f', new Blob([new Uint8Array([1, 2, 3])]), 'x.bin');

    await fetch(url, { method: 'POST', body: form });

    expect(body?.values).toEqual({ a: ['one'] });
    expect(body?.files.f?.[0]?.filename).toBe('x.bin');
    expect([...(body?.files.f?.[0]?.data ?? [])]).toEqual([1, 2, 3]);
  });

  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('a body in %s is unpacked', async (coding, pack) => {
    const url = await serve((payload: { body: object }) => payload.body);

    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-encoding': coding },
      body: pack('{"a":1}'),
    });

    expect(await response.json()).toEqual({ a: 1 });
  });

  test.each([
    ['JSON that is none', { 'content-type': 'application/json' }, '{"a"', 400],
    ['bytes that are no gzip', { 'content-type': 'text/plain', 'content-encoding': 'gzip' }, 'plain', 400],
    ['a coding that nobody knows', { 'content-type': 'text/plain', 'content-encoding': 'zstd' }, 'x', 415],
    ['a charset that nobody knows', { 'content-type': 'text/plain; charset=klingon' }, 'x', 415],
    ['more bytes than are allowed', { 'content-type': 'text/plain' }, 'x'.repeat(2_000), 413],
    [
      'more bytes than are allowed, unpacked',
      { 'content-type': 'text/plain', 'content-encoding': 'gzip' },
      gzipSync('x'.repeat(5_000_000)),
      413,
    ],
  ])('a body of %s is refused, and no process starts', async (_name, headers, body, status) => {
    let called = 0;
    const url = await serve(() => ++called, { maxBodyBytes: status === 413 && body.length < 3_000 ? 1_000 : 100_000 });

    const response = await fetch(url, { method: 'POST', headers, body });

    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({
      code: expect.any(Number),
      message: expect.stringMatching(/^(?:Cannot read|The) /),
    });
    expect(called).toBe(0);
  });

  test('a body of unknown length is refused once it is too long, and its client gets to read that', async () => {
    const url = await serve(() => null, { maxBodyBytes: 1_000 });

    const request = requestHttp(url, { method: 'POST' });
    request.on('error', () => {});
    for (let i = 0; i < 10; i++) request.write('x'.repeat(500));
    const [response] = await once(request, 'response');

    expect(response.statusCode).toBe(413);
    expect(String(await bytesOf(response))).toContain('larger than 1000 bytes');
  });

  test('a body above bufferBytes is a byte stream, undecoded #17', async () => {
    const sizes: unknown[] = [];
    const url = await serve(
      async ({ body }: { body: AsyncIterable<Uint8Array> & { text(): Promise<string> } }) => {
        const text = await body.text();
        sizes.push(text.length);
        // Nobody has held it: it is gone.
        return await body.text().then(
          () => 'twice',
          (error: Error) => error,
        );
      },
      { bufferBytes: 10 },
    );

    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: `"${'x'.repeat(100_000)}"`,
    });

    expect(sizes).toEqual([100_002]);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ message: 'Cannot read a byte stream twice' });
  });

  test('a byte stream that nobody reads is given up with its process, and the connection goes on', async () => {
    const streams: { used: boolean }[] = [];
    const url = await serve(
      ({ body }: { body: { used: boolean } }) => {
        streams.push(body);
        return 'no, thanks';
      },
      { bufferBytes: 10 },
    );

    const response = await fetch(url, { method: 'POST', body: 'x'.repeat(100_000) });

    expect(await response.text()).toBe('no, thanks');
    expect(streams[0]?.used).toBe(true);
  });

  test('trace, request id and listed headers become metadata; the others do not', async () => {
    const url = await serve(
      (_payload, context) =>
        (context as unknown as { call: { metadata: Iterable<[string, string]> } }).call.metadata
          ? [...(context as unknown as { call: { metadata: Iterable<[string, string]> } }).call.metadata]
          : [],
      { forward: ['X-Tenant'] },
    );
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

    const response = await fetch(url, {
      headers: { traceparent, 'x-request-id': 'r1', 'x-tenant': 'acme', authorization: 'secret' },
    });

    expect(Object.fromEntries((await response.json()) as [string, string][])).toEqual({
      traceparent,
      'x-request-id': 'r1',
      'x-tenant': 'acme',
    });
  });

  test.each([
    [
      'both a length and chunks',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc', 400],
    ['no host', 'GET / HTTP/1.1\r\n\r\n', 400],
    ['two hosts', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n', 400],
    ['a space before the colon', 'GET / HTTP/1.1\r\nHost : a\r\n\r\n', 400],
    ['a target that is neither path nor URL', 'GET nowhere HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', 400],
    ['a header that is too large', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
  ])('a request with %s is refused', async (_name, text, status) => {
    let called = 0;
    const url = await serve(() => ++called);

    const got = await exchange(url, text);

    expect(got).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(called).toBe(0);
  });

  test('requests that come slowly, byte by byte or not at all, are cut', async () => {
    const url = await serve(() => null, { headerTimeout: '100ms' });

    const [nothing, half, late] = await Promise.all([
      exchange(url, ''),
      exchange(url, 'GE'),
      exchange(url, 'GET / HTTP/1.1\r\nHost'),
    ]);

    expect(nothing).toBe('');
    expect(half).toMatch(/^(?:HTTP\/1.1 408 .*)?/);
    expect(late).toMatch(/^HTTP\/1.1 408 /);
  });

  test('a body is asked for with 100 (Continue), unless it is too large', async () => {
    const url = await serve(({ body }: { body: string }) => body, { maxBodyBytes: 1_000 });
    const send = async (size: number) => {
      let asked = false;
      const request = requestHttp(url, {
        method: 'POST',
        headers: { expect: '100-continue', 'content-type': 'text/plain', 'content-length': size },
      });
      request.on('continue', () => {
        asked = true;
        request.end('x'.repeat(size));
      });
      request.on('error', () => {});
      request.flushHeaders();
      const [response] = await once(request, 'response');
      request.destroy();
      return [response.statusCode, asked];
    };

    expect(await send(10)).toEqual([200, true]);
    expect(await send(2_000)).toEqual([413, false]);
  });
});

describe('listener: answers', () => {
  test.each([
    ['none', none, 200, null, ''],
    ['null', null, 200, null, ''],
    ['text', 'hi', 200, 'text/plain; charset=utf-8', 'hi'],
    ['a mapping', { a: 1 }, 200, 'application/json', '{"a":1}'],
    ['a number', 5, 200, 'application/json', '5'],
    ['bytes', new Uint8Array([104, 105]), 200, 'application/octet-stream', 'hi'],
    ['a response', { status: 201, header: { 'content-type': 'text/html' }, body: '<b>' }, 201, 'text/html', '<b>'],
    ['a response without a body', { status: 204 }, 204, null, ''],
    ['a response with a JSON body', { status: 404, body: ['no'] }, 404, 'application/json', '["no"]'],
  ])('a reply of %s #99', async (_name, reply, status, type, body) => {
    const url = await serve(() => reply);

    const response = await fetch(url);

    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe(type);
    expect(await response.text()).toBe(body);
  });

  test.each([
    [Code.INVALID_ARGUMENT, 400],
    [Code.UNAUTHENTICATED, 401],
    [Code.PERMISSION_DENIED, 403],
    [Code.NOT_FOUND, 404],
    [Code.ALREADY_EXISTS, 409],
    [Code.RESOURCE_EXHAUSTED, 429],
    [Code.UNIMPLEMENTED, 501],
    [Code.UNAVAILABLE, 503],
    [Code.DEADLINE_EXCEEDED, 504],
    [Code.INTERNAL, 500],
  ])('an error of code %i is status %i with code and message #99', async (code, status) => {
    const url = await serve(() => new StatusError(code, 'what it was'));

    const response = await fetch(url);

    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ code, message: 'what it was' });
  });

  test('what is thrown is 500 and its text stays in the log, for clients that come from elsewhere', async () => {
    const logged: object[] = [];
    const logger: Logger = { ...silentLogger, error: (_message, fields) => void logged.push(fields ?? {}) };
    const url = await serve(
      () => {
        throw new Error('password=hunter2');
      },
      {},
      { logger },
    );

    const near = await (await fetch(url)).json();
    const far = (await (await fetch(url, { headers: { 'x-forwarded-for': '1.2.3.4' } })).json()) as { message: string };

    expect(near).toEqual({ code: Code.UNKNOWN, message: 'password=hunter2' });
    expect(far.message).toMatch(/^Internal error \(error id [0-9a-f]{8}\)$/);
    expect(logged.at(-1)).toMatchObject({ errorId: far.message.slice(-9, -1) });
  });

  test('an error goes to `error` when that is linked, and the reply of its handler is the answer #99', async () => {
    const graph = await runGraph(
      [
        { ...listener, ports: { ...listener.ports, ...to({ error: 'handler' }) } },
        { kind: 'app', name: 'app' },
        { kind: 'handler', name: 'handler' },
      ],
      [
        mapping('app', () => new Error('broken')),
        mapping('handler', (error: StatusError) => ({ status: 418, body: error.statusMessage })),
      ],
    );

    const response = await fetch(`http://${addressOf(graph)}`);

    expect([response.status, await response.text()]).toEqual([418, 'broken']);
  });

  test('exit hooks run before the answer is written; they are told of a status of 400 or more, and what they throw is the answer #103', async () => {
    const told: unknown[] = [];
    const url = await serve(({ path }: { path: string }, { process }) => {
      process.onExit(async (error) => {
        await new Promise((resolve) => setImmediate(resolve));
        told.push(error === undefined ? 'well' : 'badly');
        if (path === '/commit') throw new StatusError(Code.ABORTED, 'the commit failed');
      });
      return path === '/bad' ? { status: 422 } : null;
    });

    const well = await fetch(url);
    expect([well.status, told]).toEqual([200, ['well']]);
    const bad = await fetch(`${url}/bad`);
    expect([bad.status, told]).toEqual([422, ['well', 'badly']]);
    const failed = await fetch(`${url}/commit`);
    expect([failed.status, await failed.json()]).toEqual([409, { code: Code.ABORTED, message: 'the commit failed' }]);
  });

  test.each([
    ['gzip', gunzipSync],
    ['deflate', inflateSync],
    ['br', brotliDecompressSync],
  ])('an answer is packed with %s for who takes that', async (coding, unpack) => {
    const text = 'to be or not to be '.repeat(500);
    const url = await serve(() => text);

    const request = requestHttp(url, { headers: { 'accept-encoding': `${coding}, identity;q=0.5` } }).end();
    const [response] = await once(request, 'response');
    const bytes = await bytesOf(response);

    expect(response.headers).toMatchObject({ 'content-encoding': coding, vary: 'Accept-Encoding' });
    expect(bytes.length).toBeLessThan(1_000);
    expect(unpack(bytes).toString()).toBe(text);
  });

  test.each([
    ['it is small', { accept: 'gzip', body: 'small', header: {} }],
    ['it is compressed already', { accept: 'gzip', body: 'x'.repeat(5_000), header: { 'content-type': 'image/png' } }],
    ['its client takes none', { accept: 'identity', body: 'x'.repeat(5_000), header: {} }],
    ['its client refuses it', { accept: 'gzip;q=0, br;q=0', body: 'x'.repeat(5_000), header: {} }],
    [
      'it must not be changed',
      { accept: 'gzip', body: 'x'.repeat(5_000), header: { 'cache-control': 'no-transform' } },
    ],
  ])('an answer is not packed when %s', async (_why, { accept, body, header }) => {
    const url = await serve(() => ({ status: 200, header, body }));

    const request = requestHttp(url, { headers: { 'accept-encoding': accept } }).end();
    const [response] = await once(request, 'response');

    expect(response.headers['content-encoding']).toBeUndefined();
    expect(String(await bytesOf(response))).toBe(body);
  });

  test('a client that asks for JSON gets text as JSON', async () => {
    const url = await serve(() => 'hi');

    const response = await fetch(url, { headers: { accept: 'application/json' } });

    expect(await response.text()).toBe('"hi"');
  });

  test('HEAD gets everything but the body', async () => {
    const url = await serve(() => ({ status: 200, body: 'four' }));

    const response = await fetch(url, { method: 'HEAD' });

    expect([response.headers.get('content-length'), await response.text()]).toEqual(['4', '']);
  });

  test('headers of the connection are not taken from a reply, and none that would split the answer', async () => {
    const url = await serve(({ path }: { path: string }) =>
      path === '/split'
        ? { status: 200, header: { 'x-a': 'b\r\nSet-Cookie: c' } }
        : {
            status: 200,
            header: { connection: 'x-secret', 'x-secret': '1', 'transfer-encoding': 'gzip', 'x-kept': '2' },
          },
    );

    const kept = await fetch(url);
    expect([kept.status, kept.headers.get('x-secret'), kept.headers.get('x-kept')]).toEqual([200, null, '2']);
    const split = await fetch(`${url}/split`);
    expect([split.status, split.headers.get('set-cookie')]).toEqual([400, null]);
  });

  test('a process takes no longer than `timeout`: 504', async () => {
    const url = await serve(
      (_payload, { signal }) => new Promise((resolve) => signal.addEventListener('abort', resolve)),
      {
        timeout: '50ms',
      },
    );

    const response = await fetch(url);

    expect([response.status, await response.json()]).toEqual([504, { code: 4, message: 'Deadline exceeded' }]);
  });

  test('a client that goes away cancels its process', async () => {
    const seen: unknown[] = [];
    const url = await serve(
      (_payload, { signal }) =>
        new Promise((resolve) => {
          seen.push('began');
          signal.addEventListener('abort', () => {
            seen.push((signal.reason as StatusError).code);
            resolve(null);
          });
        }),
    );
    const leaving = new AbortController();
    const request = fetch(url, { signal: leaving.signal }).catch(() => 'left');
    await expect.poll(() => seen).toEqual(['began']);

    leaving.abort();

    expect(await request).toBe('left');
    await expect.poll(() => seen).toEqual(['began', Code.CANCELLED]);
  });
});

describe('listener: protocols', () => {
  test('HTTP/2 without TLS is spoken on the same port #99', async () => {
    const url = await serve(({ protocol, path, body }: { protocol: string; path: string; body: unknown }) => [
      protocol,
      path,
      body,
    ]);
    const session = connectHttp2(url);
    onTestFinished(() => session.close());

    const stream = session.request({ ':path': '/x?y=1', ':method': 'POST', 'content-type': 'application/json' });
    stream.end('{"a":1}');
    let text = '';
    for await (const chunk of stream.setEncoding('utf8')) text += chunk;

    expect(JSON.parse(text)).toEqual(['HTTP/2.0', '/x', { a: 1 }]);
  });

  test('streams of HTTP/2 carry large bodies both ways, and one that is reset cancels its process alone', async () => {
    const seen: unknown[] = [];
    const url = await serve(({ path, body }: { path: string; body: unknown }, { signal }) => {
      if (path === '/echo') return { status: 200, header: { 'content-type': 'application/x-tar' }, body };
      seen.push('began');
      return new Promise((resolve) =>
        signal.addEventListener('abort', () => {
          seen.push((signal.reason as StatusError).code);
          resolve(null);
        }),
      );
    });
    const session = connectHttp2(url);
    onTestFinished(() => session.close());
    const waiting = session.request({ ':path': '/wait' });
    waiting.on('error', () => {});
    await expect.poll(() => seen).toEqual(['began']);

    const stream = session.request({ ':path': '/echo', ':method': 'POST' });
    stream.end(Buffer.alloc(8_000_000, 'x'));
    waiting.close(8);
    let size = 0;
    for await (const chunk of stream as AsyncIterable<Buffer>) size += chunk.length;

    expect(size).toBe(8_000_000);
    await expect.poll(() => seen).toEqual(['began', Code.CANCELLED]);
  });

  test('with TLS, HTTP/1.1 and HTTP/2 are agreed on; the certificate is PEM or its base64 #99', async () => {
    const ca = await authority();
    const { key, cert } = await ca.issue({ name: 'localhost', alternatives: [{ type: 'ip', value: '127.0.0.1' }] });
    const base64 = (text: string): string => Buffer.from(text).toString('base64');
    const url = await serve(({ protocol, scheme }: { protocol: string; scheme: string }) => [protocol, scheme], {
      tls: { cert: base64(cert), key },
    });

    const [response] = await once(requestHttps(url, { ca: ca.cert }).end(), 'response');
    expect(JSON.parse(String(await bytesOf(response)))).toEqual(['HTTP/1.1', 'https']);
    const session = connectHttp2(url, { ca: ca.cert });
    onTestFinished(() => session.close());
    const stream = session.request({ ':path': '/' });
    let text = '';
    for await (const chunk of stream.setEncoding('utf8')) text += chunk;
    expect(JSON.parse(text)).toEqual(['HTTP/2.0', 'https']);
  });

  test('a request for another protocol that nobody takes is answered: 426, or what the node says', async () => {
    const url = await serve(({ path }: { path: string }) => (path === '/none' ? none : { status: 200, body: 'plain' }));
    const ask = (path: string): Promise<string> =>
      exchange(url, `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`);

    expect(await ask('/none')).toMatch(/^HTTP\/1.1 426 [\s\S]*\r\nUpgrade: websocket\r\n/);
    expect(await ask('/')).toMatch(/^HTTP\/1.1 200 [\s\S]*\r\n\r\nplain$/);
    // As some clients ask for HTTP/2: they are content with less.
    const got = await exchange(url, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, close\r\nUpgrade: h2c\r\n\r\n');
    expect(got).toMatch(/^HTTP\/1.1 200 [\s\S]*\r\n\r\nplain$/);
  });

  test('an upgrade behind a request that waits for its answer waits, too, and the process goes on', async () => {
    const url = await serve(async ({ path }: { path: string }) => {
      if (path === '/slow') await new Promise((resolve) => setTimeout(resolve, 50));
      return { status: 200, body: path };
    });
    const slow = 'GET /slow HTTP/1.1\r\nHost: a\r\n\r\n';

    for (const protocol of ['websocket', 'h2c']) {
      const asks = `GET /x HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`;
      const last = protocol === 'h2c' ? 'GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n' : '';
      const bodies = [...(await exchange(url, slow + asks + last)).matchAll(/\r\n\r\n(\/(?:slow|x|last))/g)].map(
        ([, body]) => body,
      );
      expect(bodies).toEqual(protocol === 'h2c' ? ['/slow', '/x', '/last'] : ['/slow', '/x']);
    }
  });

  test('a request for another protocol that nobody speaks is one like any other: with its body, on a connection that stays', async () => {
    const url = await serve(({ method, header, body }: { method: string; header: object; body: unknown }) => ({
      status: 200,
      body: [method, 'Upgrade' in header, 'Http2-Settings' in header, body ?? null],
    }));
    const ask =
      'POST / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\nContent-Type: text/plain\r\n';

    const got = await exchange(
      url,
      `${ask}Content-Length: 5\r\n\r\nhello${ask}Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n`,
      'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    );

    expect([...got.matchAll(/\r\n\r\n(\[.*?\])/g)].map(([, body]) => JSON.parse(body!))).toEqual([
      ['POST', false, false, 'hello'],
      ['POST', false, false, 'ab'],
      ['GET', false, false, null],
    ]);
  });

  test('whoever asks for websocket has `timeout` and a turn like all, until somebody takes it; with a body it is refused', async () => {
    const seen: unknown[] = [];
    const url = await serve(
      (_payload, { signal }) =>
        new Promise((resolve) => {
          seen.push('began');
          signal.addEventListener('abort', () => {
            seen.push((signal.reason as StatusError).code);
            resolve(null);
          });
        }),
      { timeout: '100ms' },
    );
    const ask = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n';

    expect(await exchange(url, `${ask}\r\n`)).toMatch(/^HTTP\/1\.1 504 /);
    expect(seen).toEqual(['began', Code.DEADLINE_EXCEEDED]);
    expect(await exchange(url, `${ask}Content-Length: 5\r\n\r\nhello`)).toMatch(/^HTTP\/1\.1 400 /);
    expect(seen).toHaveLength(2);
  });

  test('a node says 426 with what has to be spoken; over HTTP/2 that is left out', async () => {
    const url = await serve(() => ({ status: 426, header: { Upgrade: ['websocket'] } }));
    const session = connectHttp2(url);
    onTestFinished(() => session.close());
    const stream = session.request({ ':path': '/' });
    const [header] = await once(stream, 'response');

    expect([header[':status'], header.upgrade]).toEqual([426, undefined]);
    const plain = await fetch(url);
    expect([plain.status, plain.headers.get('upgrade')]).toEqual([426, 'websocket']);
  });
});

describe('listener: those who want too much of it', () => {
  test('an upload over HTTP/2 that stops half way is reset after requestTimeout', async () => {
    const url = await serve(() => null, { requestTimeout: '200ms', idleTimeout: '200ms' });
    const session = connectHttp2(url);
    session.on('error', () => {});
    onTestFinished(() => session.destroy());
    let closed = 0;

    for (let i = 0; i < 20; i++) {
      const stream = session.request({ ':method': 'POST', ':path': '/', 'content-type': 'text/plain' });
      stream.on('error', () => {});
      stream.on('close', () => {
        closed += 1;
      });
      stream.write(Buffer.alloc(10_000));
    }

    await expect.poll(() => closed, { timeout: 10_000 }).toBe(20);
    await expect.poll(() => session.destroyed, { timeout: 10_000 }).toBe(true);
  }, 25_000);

  test.each(['HTTP/1.1', 'HTTP/2'])(
    'a client that does not read its answer is given up after `timeout`: %s',
    async (version) => {
      const url = await serve(() => ({ status: 200, body: 'x'.repeat(20_000_000) }), { timeout: '300ms' });
      const { hostname, port } = new URL(url);
      let over = false;

      if (version === 'HTTP/2') {
        const session = connectHttp2(url);
        session.on('error', () => {});
        onTestFinished(() => session.destroy());
        const stream = session.request({ ':path': '/' });
        stream.on('error', () => {});
        stream.on('close', () => {
          over = true;
        });
      } else {
        const socket = connectTcp(Number(port), hostname);
        onTestFinished(() => void socket.destroy());
        socket.on('error', () => {});
        socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
        socket.pause();
        await new Promise((resolve) => setTimeout(resolve, 3_000));
        let got = 0;
        socket.on('data', (chunk) => {
          got += chunk.length;
        });
        socket.on('close', () => {
          over = got < 20_000_000;
        });
        socket.resume();
      }

      await expect.poll(() => over, { timeout: 10_000 }).toBe(true);
    },
    25_000,
  );

  test('an answer with several values of a field that has one is answered over HTTP/2 with the first', async () => {
    const url = await serve(() => ({
      status: 200,
      header: { Etag: ['"a"', '"b"'], 'Set-Cookie': ['a=1', 'b=2'] },
      body: 'x',
    }));
    const session = connectHttp2(url);
    onTestFinished(() => session.close());

    const [header] = await once(session.request({ ':path': '/' }), 'response');

    expect([header[':status'], header.etag, header['set-cookie']]).toEqual([200, '"a"', ['a=1', 'b=2']]);
  });

  test.each(['/public/../admin', '/public/%2e%2E/admin', '/./admin', '/a/..', '/public\\..\\admin', '/%2e/x'])(
    'a path that servers read in several ways is refused: %s',
    async (path) => {
      const url = await serve(() => 'here');

      expect(await exchange(url, `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)).toMatch(
        /^HTTP\/1\.1 400 /,
      );
    },
  );

  test.each(['gzip, chunked', 'gzip'])('a body in Transfer-Encoding %s is refused', async (coding) => {
    const url = await serve(() => 'here');

    expect(
      await exchange(
        url,
        `POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: ${coding}\r\n\r\n2\r\nab\r\n0\r\n\r\n`,
      ),
    ).toMatch(/^HTTP\/1\.1 400 /);
  });

  test.each(['/a..b/.well-known/x', '/...', '/a/b.', '/.hidden', '//admin'])('others go on: %s', async (path) => {
    const url = await serve((request: { path: string }) => request.path);

    expect(await exchange(url, `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)).toContain(
      `\r\n\r\n${path}`,
    );
  });
});

describe('listener: its socket', () => {
  const app = mapping('app', () => 'here');

  test('is closed while anything downstream is missing, and opens when the last of it arrives #57', async () => {
    const port = await freePort();
    const specs = (...names: string[]) =>
      readSpecs([
        { id: id(1), ...listener, port },
        ...names.map((name, index) =>
          name === 'app'
            ? { id: id(2 + index), kind: 'mid', name, ports: to({ out: 'last' }) }
            : { id: id(9), kind: 'app', name },
        ),
      ]).specs;
    const graph = await createGraph({
      specs: specs('app'),
      kinds: createKinds(
        app,
        mapping('mid', (payload) => payload),
      ),
      logger: silentLogger,
      allowPending: true,
    });
    onTestFinished(() => graph.close({ graceMs: 100 }));

    expect(await isOpen(port)).toBe(false);
    await graph.update({ specs: specs('app', 'last') });
    expect(await (await fetch(`http://127.0.0.1:${port}`)).text()).toBe('here');
    await graph.update({ specs: specs('app') });
    await expect.poll(() => isOpen(port)).toBe(false);
    await graph.update({ specs: specs('app', 'last') });
    expect(await isOpen(port)).toBe(true);
  });

  test('a port that somebody else has keeps the graph from loading, with the reason', async () => {
    const taken = createTcp().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    onTestFinished(() => void taken.close());
    const { port } = taken.address() as AddressInfo;
    const { specs } = readSpecs([
      { ...listener, port },
      { kind: 'app', name: 'app' },
    ]);
    const options = { specs, kinds: createKinds(app), logger: silentLogger };

    await expect(createGraph(options)).rejects.toThrow(`Cannot listen on 127.0.0.1:${port}: the port is in use`);
    const graph = await createGraph({ ...options, allowPending: true });
    onTestFinished(() => graph.close({ graceMs: 100 }));
    expect(graph.nodes.find(({ name }) => name === 'listener')?.reason).toContain('the port is in use');
  });

  test('a listener that is replaced hands its socket over: no connection refused, no request lost #62', async () => {
    const port = await freePort();
    const specs = (timeout: number, answer: string) =>
      readSpecs([
        { id: id(1), ...listener, port, timeout },
        { id: id(2), kind: 'answers', name: 'app', answer },
      ]).specs;
    const answers = defineKind<{ answer: string }>({
      kind: 'answers',
      fields: ['answer'],
      setup: ({ answer }) => ({
        process: async () => {
          await new Promise((resolve) => setTimeout(resolve, 5));
          return answer;
        },
      }),
    });
    const graph = await createGraph({ specs: specs(1_000, '0'), kinds: createKinds(answers), logger: silentLogger });
    onTestFinished(() => graph.close({ graceMs: 100 }));
    const got: string[] = [];
    let stop = false;
    const client = async (keepAlive: boolean): Promise<void> => {
      while (!stop) {
        const response = await fetch(`http://127.0.0.1:${port}`, keepAlive ? {} : { headers: { connection: 'close' } });
        got.push(`${response.status} ${await response.text()}`);
      }
    };
    const clients = Array.from({ length: 8 }, (_, index) => client(index % 2 === 0));

    for (let i = 1; i <= 10; i++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      await graph.update({ specs: specs(1_000 + i, String(i)) });
    }
    await expect.poll(() => got.at(-1)).toBe('200 10');
    stop = true;
    await Promise.all(clients);

    expect(got.filter((one) => !one.startsWith('200 '))).toEqual([]);
    expect(new Set(got).size).toBeGreaterThan(5);
  });

  test('a port moves from one node to another of the same graph', async () => {
    const port = await freePort();
    const specs = (number: number) =>
      readSpecs([
        { id: id(number), ...listener, name: `l${number}`, port },
        { id: id(9), kind: 'app', name: 'app' },
      ]).specs;
    const graph = await createGraph({ specs: specs(1), kinds: createKinds(app), logger: silentLogger });
    onTestFinished(() => graph.close({ graceMs: 100 }));

    await graph.update({ specs: specs(2) });

    await expect.poll(() => isOpen(port)).toBe(true);
    await expect.poll(async () => (await fetch(`http://127.0.0.1:${port}`)).text()).toBe('here');
  });

  test('closing waits for requests under way, and takes no more', async () => {
    let finish: (value: string) => void = () => {};
    const graph = await runGraph(
      [listener, { kind: 'slow', name: 'app' }],
      [handWritten('slow', () => new Promise((resolve) => (finish = resolve)))],
    );
    const url = `http://${addressOf(graph)}`;
    const port = Number(new URL(url).port);
    const request = fetch(url);
    await expect.poll(() => graph.processes.size).toBe(1);

    const closing = graph.close({ graceMs: 5_000 });
    await expect.poll(() => isOpen(port)).toBe(false);
    finish('done');

    expect(await (await request).text()).toBe('done');
    await closing;
  });
});

describe('listener: load', () => {
  test('1,000 processes run at a time, and requests beyond them wait', async () => {
    let running = 0;
    let most = 0;
    const url = await serve(async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, 20));
      running -= 1;
      return 'ok';
    });
    const ask = async (): Promise<number> => {
      const [response] = await once(requestHttp(url, { agent: false }).end(), 'response');
      await bytesOf(response);
      return response.statusCode as number;
    };

    const statuses = await Promise.all(Array.from({ length: 1_100 }, ask));

    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(most).toBeLessThanOrEqual(1_000);
  }, 30_000);

  test('those that ask for websocket have turns like all', async () => {
    let running = 0;
    const gate = deferred();
    const url = await serve(async () => {
      running += 1;
      await gate.promise;
      return { status: 200 };
    });
    const ask = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';

    const all = Promise.all(Array.from({ length: 1_010 }, () => exchange(url, ask)));
    await expect.poll(() => running, { timeout: 20_000 }).toBe(1_000);
    // No more of them come.
    await (await fetch(`${url}`, { signal: AbortSignal.timeout(200) }).catch(() => undefined))?.text();
    expect(running).toBe(1_000);
    gate.resolve();

    expect((await all).filter((got) => !got.startsWith('HTTP/1.1 426 '))).toEqual([]);
  }, 40_000);

  test('clients that come, leave and break off leave nothing behind', async () => {
    const graph = await runGraph(
      [listener, { kind: 'slow', name: 'app' }],
      [
        handWritten('slow', async (_packet, { signal }) => {
          await new Promise((resolve) => {
            const timer = setTimeout(resolve, 20);
            signal.addEventListener('abort', () => {
              clearTimeout(timer);
              resolve(undefined);
            });
          });
          return { status: 200, body: 'x'.repeat(100_000) };
        }),
      ],
    );
    const url = `http://${addressOf(graph)}`;

    for (let round = 0; round < 5; round++) {
      await Promise.all(
        Array.from({ length: 20 }, async (_, index) => {
          const request = requestHttp(url, { method: 'POST', agent: false, headers: { 'content-length': 3_000_000 } });
          request.on('error', () => {});
          request.on('response', (response) => response.on('error', () => {}).destroy());
          request.write('x'.repeat(index % 2 === 0 ? 100 : 2_000_000));
          await new Promise((resolve) => setTimeout(resolve, index));
          request.destroy();
        }),
      );
    }

    await expect.poll(() => graph.processes.size).toBe(0);
    expect(await (await fetch(url)).text()).toHaveLength(100_000);
    // Nothing is waited for: all connections have ended.
    await graph.close({ graceMs: 10_000 });
  });
});

describe('listener: fields', () => {
  test.each([
    [{ port: undefined }, 'port'],
    [{ port: '8000' }, 'port'],
    [{ port: 70_000 }, 'port'],
    [{ protocol: 'ftp' }, 'protocol'],
    [{ tls: { cert: 'x', key: 'y' } }, 'tls'],
    [{ timeout: 'soon' }, 'timeout'],
    [{ forward: ['grpc-status'] }, 'forward'],
    [{ hots: 'x' }, 'hots'],
  ])('%o is refused, naming the field', async (fields, name) => {
    const { specs } = readSpecs([
      { ...listener, ...fields },
      { kind: 'app', name: 'app' },
    ]);

    const problems = await validateGraph(specs, { kinds: createKinds(mapping('app', () => null)) } as never);

    expect(JSON.stringify(problems)).toContain(name);
  });
});

function id(number: number): string {
  return `01890a5d-ac96-774b-bcce-b302099a80${String(number).padStart(2, '0')}`;
}

async function freePort(): Promise<number> {
  const server = createTcp().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function isOpen(port: number): Promise<boolean> {
  const socket = connectTcp(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
