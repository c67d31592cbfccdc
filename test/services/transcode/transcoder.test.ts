import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { Code, connect, createServer, type Interceptor, silentLogger, statusFrom } from 'flowrpc';
import { reflection, transcoder } from 'flowrpc/services';
import { describe, expect, test } from 'vitest';
import { ask, Library, library, over } from './library.ts';

const run = promisify(execFile);

describe('transcoder: google.api.http', () => {
  test('a path of several segments fills a field', async () => {
    const { url } = await library();

    expect(await ask(url, '/v1/shelves/1/books/2')).toMatchObject({
      status: 200,
      body: { name: 'shelves/1/books/2', pages: '9007199254740993', cover: 'AQI=', genre: 'NOVEL' },
    });
  });

  test('an additional binding leads to the same method; percent-encoding is decoded', async () => {
    const { url, seen } = await library();

    await ask(url, '/v1/books/a%2Fb%20c');

    expect(seen).toMatchObject([{ method: 'getBook', request: { name: 'a/b c' } }]);
  });

  test('** takes the rest of the path, and an encoded slash stays encoded', async () => {
    const { url, seen } = await library();

    await ask(url, '/files/a/b%2Fc/%64');

    expect(seen[0]).toMatchObject({ method: 'readFile', request: { name: 'a/b%2Fc/d' } });
  });

  test('a verb after a colon, and a body that is the message', async () => {
    const { url, seen } = await library();

    expect((await ask(url, '/v1/shelves/1/books/2:archive', { json: {} })).status).toBe(200);
    expect(seen[0]).toMatchObject({ method: 'archiveBook', request: { name: 'shelves/1/books/2' } });
  });

  test('a body that is one field; the rest stands in the query', async () => {
    const { url, seen } = await library();

    const answer = await ask(url, '/v1/shelves/7/books?book_id=x', {
      json: { title: 'Emma', author: { name: 'Jane' } },
    });

    expect(answer).toMatchObject({ status: 200, body: { title: 'Emma', author: { name: 'Jane' } } });
    expect(seen[0]?.request).toMatchObject({ parent: 'shelves/7', bookId: 'x' });
  });

  test('a path into a nested field wins over the body', async () => {
    const { url, seen } = await library();
    const init = { method: 'PATCH', json: { name: 'other', title: 'T' } };

    await ask(url, '/v1/shelves/1/books/2?updateMask=title,author.name', init);

    expect(seen[0]?.request).toMatchObject({
      book: { name: 'shelves/1/books/2', title: 'T' },
      updateMask: { paths: ['title', 'author.name'] },
    });
  });

  test('query parameters of all types, nested and repeated; response_body is one field', async () => {
    const { url, seen } = await library();
    const query =
      'pageSize=3&tags=a&tags=b&genre=POETRY&author.name=Ada&author.born=1815&printed=true&since=2020-01-02T03:04:05Z&within=1.5s&fields=a.bC&short=true&after=12';

    const answer = await ask(url, `/v1/shelves/1/books?${query}`);

    expect(answer.body).toEqual([{ name: 'a' }, { name: 'b' }]);
    expect(seen[0]?.request).toMatchObject({
      parent: 'shelves/1',
      pageSize: 3,
      tags: ['a', 'b'],
      genre: 'POETRY',
      author: { name: 'Ada', born: 1815 },
      printed: { value: true },
      since: { seconds: 1577934245n },
      within: { seconds: 1n, nanos: 500_000_000 },
      fields: { paths: ['a.b_c'] },
      short: true,
      after: 12n,
    });
  });

  test.each([
    ['?pageSiz=3', /"pageSiz" is no field of shelves\.v1\.ListBooksRequest/],
    ['?pageSize=x', /"pageSize"/],
    ['?pageSize=1&pageSize=2', /"pageSize" is given 2 times/],
    ['?author=x', /"author" is a message/],
    ['?parent=x', /"parent" stands in the path already/],
    ['?genre=NOPE', /wanted a value of shelves\.v1\.Genre/],
    ['?__proto__.x=1', /"__proto__\.x" is no field/],
  ])('a query that does not fit is INVALID_ARGUMENT: %s', async (query, why) => {
    const { url } = await library();

    expect(await ask(url, `/v1/shelves/1/books${query}`)).toMatchObject({
      status: 400,
      body: { code: Code.INVALID_ARGUMENT, message: expect.stringMatching(why) },
    });
  });

  test('google.api.HttpBody passes as it is, both ways', async () => {
    const { url, seen } = await library();

    const cover = await fetch(`${url}/v1/covers/x`);
    expect(cover.headers.get('content-type')).toBe('image/png');
    expect(new Uint8Array(await cover.arrayBuffer())).toEqual(new Uint8Array([1, 2, 3]));

    const put = await fetch(`${url}/v1/covers/x`, {
      method: 'PUT',
      body: new Uint8Array([9]),
      headers: { 'content-type': 'image/gif' },
    });
    expect(put.headers.get('content-type')).toBe('image/gif');
    expect(new Uint8Array(await put.arrayBuffer())).toEqual(new Uint8Array([9]));
    expect(seen[0]?.request).toMatchObject({ name: 'x', cover: { contentType: 'image/gif' } });
  });

  test('rules that cannot be followed are logged once and left out', async () => {
    const logged: string[] = [];
    const warn = (_message: string, fields?: object): void => void logged.push((fields as { problem: string }).problem);
    const { url } = await library({ logger: { ...silentLogger, warn } });

    await ask(url, '/v1/books/x');
    await ask(url, '/v1/books/x');

    expect(logged).toEqual([
      expect.stringContaining('"nam" is no field of shelves.v1.GetBookRequest, did you mean "name"'),
      expect.stringContaining('wanted "**" as the last segment'),
      expect.stringContaining('shelves.v1.Library/GetBook has GET "/v1/books/{name}"'),
    ]);
  });

  test('a custom HTTP method', async () => {
    const { url, seen } = await library();

    await ask(url, '/v1/cache/x', { method: 'PURGE' });

    expect(seen[0]?.method).toBe('purge');
  });

  test('another HTTP method is 405 with those that would do, another path 404', async () => {
    const { url } = await library();

    const wrong = await ask(url, '/v1/shelves/1/books', { method: 'DELETE' });

    expect(wrong.status).toBe(405);
    expect(wrong.headers.get('allow')).toBe('GET, HEAD, POST');
    expect((await ask(url, '/v2/x')).status).toBe(404);
    expect((await ask(url, '/v1/books/%zz')).status).toBe(404);
  });
});

describe('transcoder: each method by its name', () => {
  test('POST /package.Service/Method; what curl sends without a content type is JSON too (#55)', async () => {
    const { url } = await library();

    const { stdout } = await run('curl', ['-s', '-d', '{"name":"x"}', `${url}/shelves.v1.Library/GetBook`]);

    expect(JSON.parse(stdout)).toMatchObject({ name: 'x' });
  });

  test('GET where a method has no side effects, and nowhere else', async () => {
    const { url } = await library();

    expect((await ask(url, '/shelves.v1.Library/GetBook?name=y')).body).toMatchObject({ name: 'y' });
    expect((await ask(url, '/shelves.v1.Library/CreateBook?bookId=y')).status).toBe(405);
  });

  test.each([
    ['not JSON', { method: 'POST', body: '{' }, 400],
    ['a field that is not there', { json: { nam: 'x' } }, 400],
    ['another type', { method: 'POST', body: '<a/>', headers: { 'content-type': 'application/xml' } }, 415],
    ['another encoding', { method: 'POST', body: 'x', headers: { 'content-encoding': 'br' } }, 415],
    ['too much', { method: 'POST', body: `"${'x'.repeat(1100)}"` }, 413],
    [
      'too much once unpacked',
      { method: 'POST', body: gzipSync(`"${'x'.repeat(9999)}"`), headers: { 'content-encoding': 'gzip' } },
      413,
    ],
    ['no gzip', { method: 'POST', body: 'nope', headers: { 'content-encoding': 'gzip' } }, 400],
    ['a bad timeout', { json: {}, headers: { 'grpc-timeout': '5 s' } }, 400],
  ])('a request that is wrong is told so: %s', async (_what, init, status) => {
    const { url } = await library({ maxBodyBytes: 1000 });

    expect((await ask(url, '/shelves.v1.Library/GetBook', init as RequestInit)).status).toBe(status);
  });

  test('bodies are unpacked, and answers packed for those who take that', async () => {
    const { url } = await library();
    const title = 'x'.repeat(5_000);
    const body = gzipSync(JSON.stringify({ book: { title } }));

    const answer = await ask(url, '/shelves.v1.Library/CreateBook', {
      method: 'POST',
      body,
      headers: { 'content-encoding': 'gzip' },
    });

    expect(answer.body).toEqual({ title });
    expect(answer.headers.get('content-encoding')).toBe('gzip');
  });
});

describe('transcoder: how calls end', () => {
  test('a status is google.rpc.Status in JSON, under the HTTP status of the table', async () => {
    const { url } = await library();

    expect(await ask(url, '/v1/books/missing')).toMatchObject({
      status: 404,
      body: { code: 5, message: 'No such book' },
    });
  });

  test('details have their fields, and a wait is told as HTTP does', async () => {
    const { url } = await library();

    const { body, headers } = await ask(url, '/v1/books/missing');

    expect(body).toMatchObject({
      details: [
        { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'GONE', domain: 'library' },
        { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '3.000000001s' },
      ],
    });
    expect(headers.get('retry-after')).toBe('4');
  });

  test('what a handler throws by mistake is masked', async () => {
    const { url } = await library();
    const { status, body } = await ask(url, '/shelves.v1.Library/Fail', { json: {} });

    expect(status).toBe(500);
    expect(JSON.stringify(body)).not.toContain('secret');
  });

  test.each(
    Object.entries({
      CANCELLED: 499,
      INVALID_ARGUMENT: 400,
      DEADLINE_EXCEEDED: 504,
      ALREADY_EXISTS: 409,
      PERMISSION_DENIED: 403,
      RESOURCE_EXHAUSTED: 429,
      FAILED_PRECONDITION: 400,
      ABORTED: 409,
      OUT_OF_RANGE: 400,
      UNIMPLEMENTED: 501,
      INTERNAL: 500,
      UNAVAILABLE: 503,
      DATA_LOSS: 500,
      UNAUTHENTICATED: 401,
    }),
  )('%s is %i', async (name, status) => {
    const { url } = await library(
      {},
      { interceptors: [async () => statusFrom(Code[name as keyof typeof Code], 'why')] },
    );

    expect(await ask(url, '/v1/books/x')).toMatchObject({
      status,
      body: { code: Code[name as keyof typeof Code], message: 'why' },
    });
  });

  test('grpc-timeout bounds the call', async () => {
    let left = 0;
    const slow: Interceptor = (call, next) => {
      left = call.deadline - Date.now();
      return next(call);
    };
    const { url } = await library({}, { interceptors: [slow] });

    await ask(url, '/v1/books/x', { headers: { 'grpc-timeout': '5S' } });

    expect(left).toBeGreaterThan(1_000);
    expect(left).toBeLessThanOrEqual(5_000);
  });

  test('who goes away cancels the call', async () => {
    let reason: unknown;
    const hang: Interceptor = (call) =>
      new Promise((resolve) => {
        call.signal.addEventListener('abort', () => {
          reason = (call.signal.reason as { kind: string }).kind;
          resolve(statusFrom(Code.CANCELLED));
        });
      });
    const { url } = await library({}, { interceptors: [hang] });
    const going = new AbortController();
    const asked = ask(url, '/v1/books/x', { signal: going.signal }).catch(() => {});
    setTimeout(() => going.abort(), 100);
    await asked;

    await expect.poll(() => reason).toBe('client-gone');
  });
});

describe('transcoder: what stands around a call', () => {
  test("the server's interceptors see authorization and the peer, and may refuse", async () => {
    const peers: string[] = [];
    const auth: Interceptor = async (call, next) => {
      peers.push(call.peer.address);
      return call.metadata.get('authorization') === 'Bearer good'
        ? next(call)
        : statusFrom(Code.UNAUTHENTICATED, 'No token');
    };
    const { url } = await library({}, { interceptors: [auth] });

    const refused = await ask(url, '/v1/books/x');

    expect(refused).toMatchObject({ status: 401, body: { code: 16 } });
    expect(refused.headers.get('www-authenticate')).toBe('Bearer');
    expect((await ask(url, '/v1/books/x', { headers: { authorization: 'Bearer good' } })).status).toBe(200);
    expect(peers[0]).toMatch(/^127\.0\.0\.1:\d+$/);
  });

  test('listed headers alone become metadata, and listed metadata headers', async () => {
    const { url, seen } = await library({ headers: ['X-Tenant'] });
    const headers = { 'x-tenant': 't', 'x-other': 'o', 'x-request-id': 'r', cookie: 'c=1', 'flowrpc-process': 'p' };

    const answer = await ask(url, '/v1/books/x', { headers });

    const { metadata } = seen[0]!.context;
    expect(metadata.get('x-tenant')).toBe('t');
    for (const name of ['x-other', 'cookie', 'flowrpc-process']) expect(metadata.has(name)).toBe(false);
    expect(answer.headers.get('x-request-id')).toBe('r');
  });

  test('the trace of the request goes on', async () => {
    const { url, seen } = await library();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

    await ask(url, '/v1/books/x', { headers: { traceparent } });

    expect(seen[0]?.context.metadata.get('traceparent')).toBe(traceparent);
  });

  test('pages of other origins are refused, listed ones let in', async () => {
    const { url } = await library({ cors: ['https://app.example.com'] });

    expect((await ask(url, '/v1/books/x', { headers: { origin: 'https://evil.example' } })).status).toBe(403);
    const good = await ask(url, '/v1/books/x', { headers: { origin: 'https://app.example.com' } });
    expect(good.headers.get('access-control-allow-origin')).toBe('https://app.example.com');
    const preflight = await fetch(`${url}/v1/shelves/1/books`, {
      method: 'OPTIONS',
      headers: { origin: 'https://app.example.com', 'access-control-request-method': 'POST' },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-methods')).toBe('POST');
    expect(preflight.headers.get('access-control-allow-headers')).toContain('authorization');
  });

  test('a page of the same origin is let in by a name of this machine only: DNS may lead any name here', async () => {
    const { url } = await library();
    const { port } = new URL(url);

    expect((await ask(url, '/v1/books/x', { headers: { origin: url } })).status).toBe(200);
    const args = [
      '-s',
      '-o',
      '/dev/null',
      '-w',
      '%{http_code}',
      '-H',
      `Host: rebound.example:${port}`,
      '-H',
      `Origin: http://rebound.example:${port}`,
    ];
    expect((await run('curl', [...args, `${url}/v1/books/x`])).stdout).toBe('403');
  });

  test('what says no origin is let in by a name of this machine, or a listed one: a page whose name was led here says none', async () => {
    const { url } = await library();
    const { url: listing } = await library({ cors: ['https://app.example.com'] });
    const status = async (host: string, at = url): Promise<string> =>
      (await run('curl', ['-s', '-o', '/dev/null', '-w', '%{http_code}', '-H', `Host: ${host}`, at])).stdout;

    for (const host of ['localhost', 'LOCALHOST:80', '127.0.0.1:1', '[::1]:80', '10.0.0.5'])
      expect(await status(host, `${url}/v1/books/x`)).toBe('200');
    for (const path of ['/v1/books/x', '/', '/openapi.json'])
      for (const host of [
        'rebound.example',
        `rebound.example:${new URL(url).port}`,
        '127.0.0.1.rebound.example',
        'a@b',
        '%',
      ])
        expect(await status(host, `${url}${path}`)).toBe('403');
    expect(await status('app.example.com:80', `${listing}/v1/books/x`)).toBe('200');
    expect(await status('other.example.com', `${listing}/v1/books/x`)).toBe('403');
  });
});

describe('transcoder: streams', () => {
  test('responses are lines of JSON, and the status is in the trailer', async () => {
    const { url } = await library();

    const { stdout } = await run('curl', ['-s', '-N', `${url}/v1/shelves/1/books:watch?pageSize=3`]);

    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([{ name: 'book 0' }, { name: 'book 1' }, { name: 'book 2' }]);
  });

  test('a failure is the last line; before the first message it is an answer like any other', async () => {
    const { url } = await library();

    const late = await (await fetch(`${url}/v1/shelves/1/books:watch?pageSize=2`)).text();

    expect(JSON.parse(late.trim().split('\n').at(-1)!)).toEqual({ error: { code: Code.ABORTED, message: 'No more' } });
    expect((await ask(url, '/v1/shelves/1/books:watch')).status).toBe(404);
  });

  test('server-sent events for those who ask for them', async () => {
    const { url } = await library();

    const response = await fetch(`${url}/v1/shelves/1/books:watch?pageSize=2`, {
      headers: { accept: 'text/event-stream' },
    });

    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(await response.text()).toBe(
      'data: {"name":"book 0"}\n\ndata: {"name":"book 1"}\n\nevent: error\ndata: {"code":10,"message":"No more"}\n\n',
    );
  });

  test('requests are lines of JSON', async () => {
    const { url } = await library();
    const body = '{"title":"a"}\n\n{"title":"b"}';

    expect((await ask(url, '/shelves.v1.Library/ImportBooks', { method: 'POST', body })).body).toEqual({
      books: [{ title: 'a' }, { title: 'b' }],
      total: 2,
    });
    const both = await fetch(`${url}/shelves.v1.Library/Converse`, { method: 'POST', body });
    expect(await both.text()).toBe('{"title":"a"}\n{"title":"b"}\n');
  });

  test('a body of unknown length that gets too large is told so', async () => {
    const { url } = await library({ maxBodyBytes: 1000 });
    const args = [
      '-s',
      '-o',
      '/dev/null',
      '-w',
      '%{http_code}',
      '-H',
      'transfer-encoding: chunked',
      '-d',
      `"${'x'.repeat(3000)}"`,
    ];

    expect((await run('curl', [...args, `${url}/shelves.v1.Library/GetBook`])).stdout).toBe('413');
  });

  test('a line that is no JSON ends the call', async () => {
    const { url } = await library();

    const answer = await ask(url, '/shelves.v1.Library/ImportBooks', { method: 'POST', body: '{}\n{\n' });

    expect(answer).toMatchObject({ status: 400, body: { code: Code.INVALID_ARGUMENT } });
  });
});

describe('transcoder: what there is', () => {
  test('an OpenAPI document and a page without a script', async () => {
    const { url } = await library();

    const { body } = await ask(url, '/openapi.json');
    const page = await fetch(`${url}/`);

    expect(body).toMatchObject({
      openapi: '3.1.0',
      paths: {
        '/v1/shelves/{name_1}/books/{name_2}': { get: { operationId: 'shelves.v1.Library_GetBook' } },
        '/v1/shelves/{parent}/books': {
          get: {
            parameters: expect.arrayContaining([{ name: 'author.name', in: 'query', schema: { type: 'string' } }]),
          },
          post: {
            requestBody: {
              content: { 'application/json': { schema: { $ref: '#/components/schemas/shelves.v1.Book' } } },
            },
          },
        },
        '/shelves.v1.Library/GetBook': { post: {}, get: {} },
      },
      components: { schemas: { 'shelves.v1.Book': { properties: { pages: { type: 'string', format: 'int64' } } } } },
    });
    const shapes = Object.keys((body as { paths: object }).paths).map((path) => path.replace(/\{[^}]+\}/g, '{}'));
    expect(new Set(shapes).size).toBe(shapes.length);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    const html = await page.text();
    expect(html).toContain('/v1/shelves/{parent}/books');
    expect(html).not.toMatch(/<script|https?:/);
  });

  test('docs: false answers neither', async () => {
    const { url } = await library({ docs: false });

    expect((await ask(url, '/openapi.json')).status).toBe(404);
    expect((await ask(url, '/')).status).toBe(404);
  });

  test('services that come and go are there at once, and not there', async () => {
    const { url, server } = await library();
    expect((await ask(url, '/v1/books/x')).status).toBe(200);

    server.remove(Library);
    expect((await ask(url, '/v1/books/x')).status).toBe(404);

    server.add(Library, { getBook: () => ({ name: 'new' }) } as never);
    expect((await ask(url, '/v1/books/x')).body).toEqual({ name: 'new' });
  });

  test('services of tools are not there unless they are named', async () => {
    const server = createServer({ logger: silentLogger }).add(reflection()).add(Library, {});
    const url = await over(server);

    expect(
      (await ask(url, '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo', { method: 'POST', body: '' }))
        .status,
    ).toBe(404);
    expect((await ask(url, '/shelves.v1.Library/GetBook', { json: {} })).status).toBe(501);
  });

  test('a channel to another server: its services are asked for by reflection', async () => {
    const { server } = await library();
    server.add(reflection());
    const { address } = await server.listen('127.0.0.1:0');
    await using channel = connect(address);
    const { createServer: createHttp } = await import('node:http');
    await using door = transcoder({ channel, logger: silentLogger });
    const http = createHttp(door.handle);
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    const { port } = http.address() as { port: number };

    expect((await ask(`http://127.0.0.1:${port}`, '/v1/books/x')).body).toMatchObject({ name: 'x' });
    http.closeAllConnections();
    await new Promise<void>((resolve) => http.close(() => resolve()));
  });

  test('options are refused that nobody would read', () => {
    expect(() => transcoder({})).toThrow('wanted one of server and channel');
    expect(() => transcoder({ server: createServer(), header: [] } as never)).toThrow('did you mean "headers"');
  });
});
