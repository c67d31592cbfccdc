import { once } from 'node:events';
import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { Code } from 'flowrpc';
import { nodeService } from 'flowrpc/nodes';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ByteStream } from '../../../src/nodes/byte-stream.ts';
import { httpKind } from '../../../src/nodes/kinds/http.ts';
import { deferred, mapping, runGraph, to } from '../../graph/run-graph.ts';
import { place, placements } from '../../suites/placements.ts';
import { authority } from '../../transport/grpc/certificates.ts';
import { backend, bodyOf, echo } from './http-backend.ts';

interface Echoed {
  status: number;
  header: Record<string, string[]>;
  body: { method: string; url: string; headers: Record<string, string>; body: string };
}

const codeOf = async (reply: Promise<unknown>): Promise<unknown> =>
  await reply.then(
    (value) => value,
    (error: { code: number }) => error.code,
  );

describe.each(placements)('http: %s edges', (placement) => {
  const ask = async (fields: object, payload: unknown, options: object = {}) => {
    const specs = [
      { kind: 'pipe', name: 'entry', ports: to({ out: 'far' }) },
      { kind: 'http', name: 'far', ...fields },
    ];
    const { call } = await place(placement, specs, { far: ['far'] });
    return (await call('entry', payload, options)) as Echoed;
  };

  test('#98 GET without a body, POST with one, any value is a body', async () => {
    const { url } = await backend(echo);

    expect((await ask({ url }, null)).body).toMatchObject({ method: 'GET', url: '/', body: '' });
    expect((await ask({ url }, { name: 'Ada' })).body).toMatchObject({
      method: 'POST',
      body: '{"name":"Ada"}',
      headers: { 'content-type': 'application/json', 'content-length': '14' },
    });
    expect((await ask({ url }, { method: 'put', body: 'x' })).body).toMatchObject({ method: 'PUT', body: 'x' });
    expect((await ask({ url, method: 'DELETE' }, null)).body).toMatchObject({ method: 'DELETE' });
  });

  test('#98 joins the path, merges the query and the header', async () => {
    const { url } = await backend(echo);
    const fields = { url: `${url}/v1/?a=1`, query: { k: 'node' }, header: { 'x-a': 'node', 'x-b': ['1', '2'] } };

    const { body, header, status } = await ask(fields, {
      // Of the request that a listener got: the host is that of the node.
      scheme: 'https',
      host: 'evil.example',
      path: '/users/a b',
      query: { b: ['2', '3'] },
      header: { 'X-A': 'own', connection: 'x-secret', 'x-secret': 'x', host: 'evil', 'content-length': '99' },
    });

    expect(body).toMatchObject({
      url: '/v1/users/a%20b?a=1&k=node&b=2&b=3',
      headers: { 'x-a': 'own', 'x-b': '1, 2', host: url.slice('http://'.length) },
    });
    expect(body.headers).not.toHaveProperty('x-secret');
    expect(header['Content-Type']).toEqual(['application/json']);
    expect(status).toBe(200);
  });

  test('no path of a payload leaves the path of the node', async () => {
    const { url } = await backend(echo);

    for (const path of ['../admin', '/../../admin', '%2e%2e/admin', '//evil.example/x', 'http://evil.example/'])
      expect((await ask({ url: `${url}/v1` }, { path })).body.url).toMatch(/^\/v1\//);
  });

  test('#98 a status of 400 and above is a normal payload', async () => {
    const { url } = await backend((_, response) => {
      response.writeHead(503, { 'content-type': 'text/plain', 'x-many': ['a', 'b'] }).end('later');
    });

    expect(await ask({ url }, null)).toMatchObject({
      status: 503,
      body: 'later',
      header: { 'Content-Type': ['text/plain'], 'X-Many': ['a', 'b'] },
    });
  });

  test('#98 bodies by content type, both ways, compressed ones too', async () => {
    const { url } = await backend(async (request, response) => {
      const body = await bodyOf(request);
      response.setHeader('content-type', request.headers['content-type'] ?? '');
      const coding = request.headers['content-encoding'];
      if (coding !== undefined) response.setHeader('content-encoding', coding);
      response.end(body);
    });
    const same = async (body: unknown, type: string, coding?: string): Promise<unknown> => {
      const header = { 'Content-Type': type, ...(coding !== undefined && { 'Content-Encoding': coding }) };
      return (await ask({ url }, { body, header })).body;
    };

    expect(await same({ a: [1] }, 'application/json', 'gzip')).toEqual({ a: [1] });
    expect(await same({ a: ['1', '2'] }, 'application/x-www-form-urlencoded', 'br')).toEqual({ a: ['1', '2'] });
    expect(await same('grüße', 'text/plain; charset=utf-8', 'deflate')).toBe('grüße');
    expect(await same('<a/>', 'application/xml')).toBe('<a/>');
    expect(await same(Uint8Array.of(1, 2, 3), 'application/octet-stream')).toEqual(Uint8Array.of(1, 2, 3));
    expect(await same({ values: { a: ['x'] } }, 'multipart/form-data; boundary=b')).toEqual({
      values: { a: ['x'] },
      files: {},
    });
  });

  test('nobody there is UNAVAILABLE, at error when that is linked', async () => {
    const { url, server } = await backend(echo);
    server.close();
    await once(server, 'close');
    const specs = [
      { kind: 'http', name: 'far', url, ports: to({ error: 'handler' }) },
      { kind: 'handler', name: 'handler' },
    ];
    const handler = mapping('handler', (error: Error) => ({ handled: error.message }));
    const { call } = await place(placement, specs, { far: ['far'], kinds: [handler] });

    expect(await codeOf(ask({ url }, null))).toBe(Code.UNAVAILABLE);
    expect(await call('far', null)).toEqual({ handled: expect.stringContaining('ECONNREFUSED') });
  });

  test('a timeout is DEADLINE_EXCEEDED, and ends the request', async () => {
    const gone: unknown[] = [];
    const { url } = await backend((request) => request.on('close', () => gone.push(request.url)));

    expect(await codeOf(ask({ url, timeout: '50ms' }, null))).toBe(Code.DEADLINE_EXCEEDED);
    await expect.poll(() => gone).toEqual(['/']);
  });

  test("the run's deadline and a cancel end the request", async () => {
    const came: unknown[] = [];
    const gone: unknown[] = [];
    const { url } = await backend((request) => {
      came.push(1);
      request.on('close', () => gone.push(1));
    });
    const cancel = new AbortController();

    const late = codeOf(ask({ url }, null, { timeoutMs: 80 }));
    expect(await late).toBe(Code.DEADLINE_EXCEEDED);
    const cancelled = codeOf(ask({ url }, null, { signal: cancel.signal }));
    await expect.poll(() => came.length).toBe(2);
    cancel.abort();

    expect(await cancelled).toBe(Code.CANCELLED);
    await expect.poll(() => gone.length).toBe(2);
  });
});

describe('http', () => {
  const node = async (fields: object, options: object = {}, name = 'h') => {
    const graph = await runGraph([{ kind: 'http', name, ...fields }], [], options);
    return (payload: unknown = null, how: object = {}) => graph.call(name, payload, how) as Promise<Echoed>;
  };

  test('sends the trace, and the metadata that is listed', async () => {
    const { url } = await backend(echo);
    const call = await node({ url, forward: ['x-tenant'] });
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;

    const { body } = await call(null, { metadata: { traceparent, 'x-tenant': 'acme', 'x-other': 'no' } });

    expect(body.headers.traceparent).toMatch(`00-${'a'.repeat(32)}-`);
    expect(body.headers.traceparent).not.toBe(traceparent);
    expect(body.headers).toMatchObject({ 'x-tenant': 'acme' });
    expect(body.headers).not.toHaveProperty('x-other');
  });

  test('keeps its connections, and closes them with the graph', async () => {
    const { url, server } = await backend(echo);
    let opened = 0;
    let closed = 0;
    server.on('connection', (socket) => {
      opened += 1;
      socket.on('close', () => (closed += 1));
    });
    const graph = await runGraph([{ kind: 'http', name: 'h', url }]);

    for (let i = 0; i < 5; i++) await graph.call('h', null);
    // The second may come before the first has given its connection back.
    expect(opened).toBeLessThan(3);
    await graph.close();

    await expect.poll(() => closed).toBe(opened);
  });

  test('asks again on another connection when a kept one was closed', async () => {
    let asked = 0;
    const { url } = await backend((request, response) => {
      asked += 1;
      if (asked === 2) request.socket.destroy();
      else response.end('ok');
    });
    const call = await node({ url });
    await call();

    expect(await call()).toMatchObject({ status: 200 });
    expect(asked).toBe(3);
  });

  test('follows redirects on its host: as GET after 302, as it was after 307', async () => {
    const { url } = await backend((request, response) => {
      const to = /^\/to(\d+)/.exec(request.url!)?.[1];
      if (to === undefined) return void echo(request, response);
      response.writeHead(Number(to), { location: '/end?x=1' }).end();
    });
    const call = await node({ url, header: { authorization: 'secret' } });

    expect(await call({ path: '/to302', body: 'b' })).toMatchObject({
      path: '/end',
      body: { method: 'GET', body: '', url: '/end?x=1' },
    });
    expect(await call({ path: '/to307', body: 'b' })).toMatchObject({
      body: { method: 'POST', body: 'b', headers: { authorization: 'secret' } },
    });
    expect(await (await node({ url, redirects: 0 }))({ path: '/to302' })).toMatchObject({ status: 302 });
  });

  test('does not follow redirects for ever', async () => {
    let asked = 0;
    const { url } = await backend((_, response) => {
      asked += 1;
      response.writeHead(302, { location: '/' }).end();
    });

    expect(await codeOf((await node({ url }))())).toBe(Code.UNAVAILABLE);
    expect(asked).toBe(11);
  });

  test('S-11 a redirect elsewhere is PERMISSION_DENIED unless that host is allowed; credentials do not go along', async () => {
    const other = await backend(echo);
    const { url } = await backend((request, response) => {
      response.writeHead(307, { location: request.url === '/' ? other.url : String(request.headers['x-to']) }).end();
    });
    const header = { authorization: 'secret', cookie: 'c' };
    const strict = await node({ url, header });
    const open = await node({ url, header }, { outbound: { allow: [`127.0.0.1:${other.port}`] } });

    expect(await codeOf(strict())).toBe(Code.PERMISSION_DENIED);
    const { body } = await open();
    expect(body.headers).not.toHaveProperty('authorization');
    expect(body.headers).not.toHaveProperty('cookie');
    for (const to of [
      'http://169.254.169.254/',
      'http://2852039166/',
      'http://0xa9fea9fe/',
      'http://[::ffff:a9fe:a9fe]/',
    ])
      expect(await codeOf(open({ path: '/x', header: { 'x-to': to } }))).toBe(Code.PERMISSION_DENIED);
  });

  test('an answer that is larger than bufferBytes is a stream, undecoded, and one above maxBodyBytes is refused', async () => {
    const large = Buffer.alloc(300_000, 'x');
    const { url } = await backend((request, response) => {
      response.setHeader('content-type', 'text/plain');
      if (request.url === '/chunked') {
        response.write(large.subarray(0, 100_000));
        response.end(large.subarray(100_000));
      } else response.end(large);
    });
    const specs = [
      {
        kind: 'pipe',
        name: 'p',
        ports: { 'out[0]': [{ name: 'h', port: 'in' }], 'out[1]': [{ name: 'sum', port: 'in' }] },
      },
      { kind: 'http', name: 'h', url, bufferBytes: 1_000, maxBodyBytes: 400_000 },
      { kind: 'sum', name: 'sum' },
    ];
    const sum = mapping('sum', async ({ body }: { body: ByteStream }) => {
      expect(body).toBeInstanceOf(ByteStream);
      return (await body.bytes()).length;
    });
    const graph = await runGraph(specs, [sum]);

    expect(await graph.call('p', { path: '/' })).toBe(300_000);
    expect(await graph.call('p', { path: '/chunked' })).toBe(300_000);
    expect(await codeOf((await node({ url, maxBodyBytes: 1_000 }))())).toBe(Code.RESOURCE_EXHAUSTED);
    expect(await codeOf((await node({ url, maxBodyBytes: 1_000 }))({ path: '/chunked' }))).toBe(
      Code.RESOURCE_EXHAUSTED,
    );
  });

  test('a large answer is not read ahead of whoever reads it', async () => {
    const total = 200;
    const chunk = Buffer.alloc(1024 * 1024, 'x');
    let written = 0;
    const { url } = await backend(async (_, response) => {
      for (; written < total; written++) if (!response.write(chunk)) await once(response, 'drain');
      response.end();
    });
    const gate = deferred();
    const count = mapping('count', async ({ body }: { body: ByteStream }) => {
      let bytes = 0;
      for await (const part of body) {
        if (bytes === 0) await gate.promise;
        bytes += part.length;
      }
      return bytes;
    });
    const specs = [
      {
        kind: 'pipe',
        name: 'p',
        ports: { 'out[0]': [{ name: 'h', port: 'in' }], 'out[1]': [{ name: 'c', port: 'in' }] },
      },
      { kind: 'http', name: 'h', url, maxBodyBytes: 300 * 1024 * 1024 },
      { kind: 'count', name: 'c' },
    ];
    const graph = await runGraph(specs, [count]);

    const counted = graph.call('p', null);
    let before = -1;
    await expect
      .poll(
        () => {
          const still = written > 0 && written === before;
          before = written;
          return still;
        },
        { interval: 200, timeout: 10_000 },
      )
      .toBe(true);
    // What the kernel and the buffers of streams hold.
    expect(written).toBeLessThan(total / 4);
    gate.resolve();

    expect(await counted).toBe(total * chunk.length);
  }, 30_000);

  test('a stream that nobody reads ends with its process', async () => {
    let closed = 0;
    const { url } = await backend((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: 1\n\n');
      response.on('close', () => (closed += 1));
    });
    const specs = [
      {
        kind: 'pipe',
        name: 'p',
        ports: { 'out[0]': [{ name: 'h', port: 'in' }], 'out[1]': [{ name: 'end', port: 'in' }] },
      },
      { kind: 'http', name: 'h', url },
      { kind: 'end', name: 'end' },
    ];
    const graph = await runGraph(specs, [mapping('end', () => 1)]);

    expect(await graph.call('p', null)).toBe(1);
    await expect.poll(() => closed).toBe(1);
  });

  test('an answer that is not of its type, and one that unpacks without end, are errors of the server', async () => {
    const { url } = await backend((request, response) => {
      response.setHeader('content-type', 'application/json');
      if (request.url === '/bomb')
        response.setHeader('content-encoding', 'gzip').end(gzipSync(Buffer.alloc(10_000_000)));
      else response.end('{');
    });

    expect(await codeOf((await node({ url }))())).toBe(Code.UNAVAILABLE);
    expect(await codeOf((await node({ url, maxBodyBytes: 100_000 }))({ path: '/bomb' }))).toBe(Code.RESOURCE_EXHAUSTED);
  });

  test.each([
    ['a header with a line break', { header: { 'X-A': 'a\r\nX-B: b' } }],
    ['a header name with a space', { header: { 'X A': 'a' } }],
    ['a method that is none', { method: 'G ET' }],
    ['a body without a form for its type', { body: { a: 1 }, header: { 'Content-Type': 'image/png' } }],
  ])('%s is INVALID_ARGUMENT', async (_, payload) => {
    const { url } = await backend(echo);

    expect(await codeOf((await node({ url }))(payload))).toBe(Code.INVALID_ARGUMENT);
  });

  test.each([
    [{}, 'url'],
    [{ url: 'example.com' }, 'url'],
    [{ url: 'file:///etc/passwd' }, 'url'],
    [{ url: 'http://x', timeout: 'soon' }, 'timeout'],
    [{ url: 'http://x', redirects: -1 }, 'redirects'],
    [{ url: 'http://x', header: { a: 1 } }, 'header'],
  ])('refuses the fields %j', async (fields, name) => {
    await expect(nodeService(httpKind, 'h', fields)).rejects.toThrow(`"${name}" wanted`);
  });

  test('#17 a byte stream is sent as it comes, once', async () => {
    const { url } = await backend(echo);
    const streaming = mapping('streaming', () => ({
      body: new ByteStream(
        (async function* () {
          for (let i = 0; i < 3; i++) yield Buffer.from(`part ${i};`);
        })(),
      ),
      header: { 'Content-Type': 'text/plain' },
    }));
    const graph = await runGraph(
      [
        { kind: 'streaming', name: 's', ports: to({ out: 'h' }) },
        { kind: 'http', name: 'h', url, method: 'PUT' },
      ],
      [streaming],
    );

    expect(await graph.call('s', null)).toMatchObject({
      body: { method: 'PUT', body: 'part 0;part 1;part 2;', headers: { 'content-type': 'text/plain' } },
    });
  });

  test('credentials of the URL are sent as Basic, and shown nowhere', async () => {
    const { port } = await backend(echo);
    const call = await node({ url: `http://ada:s%3Ccret@127.0.0.1:${port}/` });
    const gone = await node({ url: 'http://ada:s3cret@127.0.0.1:1/' });

    const reply = await call();

    expect(reply.body.headers.authorization).toBe(`Basic ${Buffer.from('ada:s<cret').toString('base64')}`);
    await expect(gone()).rejects.toThrow(/^(?!.*s3cret)/);
  });

  test('HEAD has no body, whatever its length says', async () => {
    const { url } = await backend((_, response) => response.writeHead(200, { 'content-length': '100' }).end());

    expect(await (await node({ url }))({ method: 'HEAD' })).toMatchObject({
      status: 200,
      header: { 'Content-Length': ['100'] },
    });
  });

  test('speaks HTTP/2 where the server does', async () => {
    const ca = await authority();
    const { key, cert } = await ca.issue({ name: 'localhost', alternatives: [{ type: 'dns', value: 'localhost' }] });
    const server = createSecureServer({ key, cert, allowHTTP1: true }, (request, response) => {
      response.setHeader('x-version', request.httpVersion);
      response.end('ok');
    });
    const sessions = new Set<{ destroy(): void }>();
    server.on('session', (session) => sessions.add(session));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      for (const session of sessions) session.destroy();
      server.close();
    });
    const { port } = server.address() as AddressInfo;
    const call = await node({ url: `https://localhost:${port}`, tls: { ca: Buffer.from(ca.cert).toString('base64') } });
    const strict = await node({ url: `https://localhost:${port}` });

    expect(await codeOf(strict())).toBe(Code.UNAVAILABLE);
    expect(await call()).toMatchObject({ status: 200, header: { 'X-Version': ['2.0'] } });
  });
});
