import { once } from 'node:events';
import { request as requestHttp, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcp } from 'node:net';
import { gzipSync } from 'node:zlib';
import { Code, type StatusError, silentLogger } from 'flowrpc';
import { createGraph, readSpecs } from 'flowrpc/graph';
import { describe, expect, onTestFinished, test } from 'vitest';
import { collectGarbage } from '../../collect-garbage.ts';
import { mapping, runGraph, to } from '../../graph/run-graph.ts';
import { place, placements } from '../../suites/placements.ts';
import { addressOf, backend, bytesOf } from './http-servers.ts';

/** A listener in front of a proxy. */
async function proxied(urls: readonly string[], fields: object = {}, listener: object = {}) {
  const graph = await runGraph([
    { kind: 'listener', name: 'listener', port: 0, ports: to({ out: 'proxy' }), ...listener },
    { kind: 'proxy', name: 'proxy', urls, ...fields },
  ]);
  return { graph, url: `http://${addressOf(graph)}` };
}

/** A backend that says what it got. */
function mirror() {
  return backend(async (request, response) => {
    const body = await bytesOf(request);
    const { method, url, headers } = request;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ method, url, headers, body: body.toString('base64') }));
  });
}

interface Mirrored {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string;
}

/** An address where nobody listens. */
async function nowhere(): Promise<string> {
  const server = createTcp().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return `http://127.0.0.1:${port}/`;
}

describe.each(placements)('proxy: %s edges', (placement) => {
  const nodes = (urls: readonly string[], fields: object = {}) => [
    { kind: 'pass', name: 'pass', ports: to({ out: 'proxy' }) },
    { kind: 'proxy', name: 'proxy', urls, ...fields },
  ];
  const kinds = [mapping('pass', (payload) => payload)];
  const start = async (urls: readonly string[], fields?: object) =>
    (await place(placement, nodes(urls, fields), { far: ['proxy'], kinds })).call;

  test('requests go to its urls in turn, and the answer is a payload with its body decoded #101', async () => {
    const one = await backend((_request, response) => {
      response.setHeader('content-type', 'application/json');
      response.end('{"n":1}');
    });
    const two = await backend((_request, response) =>
      response.writeHead(404, { 'content-type': 'text/plain' }).end('two'),
    );
    const call = await start([one.url, two.url]);

    const replies = [await call('pass', {}), await call('pass', { path: '/' }), await call('pass', { method: 'GET' })];

    expect(replies).toMatchObject([{ status: 200, body: { n: 1 } }, { status: 404, body: 'two' }, { status: 200 }]);
  });

  test('what is no request is the body of one', async () => {
    const { url } = await mirror();
    const call = await start([url]);

    const { body } = (await call('pass', { name: 'Ada' })) as { body: Mirrored };

    expect([body.method, body.headers['content-type'], atob(body.body)]).toEqual([
      'POST',
      'application/json',
      '{"name":"Ada"}',
    ]);
  });

  test('an answer that is too large to hold is bytes elsewhere, and a byte stream here', async () => {
    const { url } = await backend((_request, response) => response.end('x'.repeat(200_000)));
    const call = await start([url], { bufferBytes: 1_000 });

    const { body } = (await call('pass', {})) as { body: Uint8Array & { bytes(): Promise<Uint8Array> } };

    const bytes = placement === 'remote' ? body : await body.bytes();
    expect(bytes.byteLength).toBe(200_000);
  });

  test('a backend that does not answer is UNAVAILABLE, one that is too slow DEADLINE_EXCEEDED', async () => {
    const slow = await backend(() => {});
    const gone = await nowhere();

    const unreached = await (await start([gone]))('pass', {}).catch((error: StatusError) => error);
    const late = await (await start([slow.url], { timeout: '50ms' }))('pass', {}).catch((error: StatusError) => error);

    expect([(unreached as StatusError).code, (late as StatusError).code]).toEqual([
      Code.UNAVAILABLE,
      Code.DEADLINE_EXCEEDED,
    ]);
  });

  test('a call that is cancelled ends the request to the backend', async () => {
    const seen: string[] = [];
    const { url } = await backend((request) => {
      seen.push('began');
      request.socket.on('close', () => seen.push('closed'));
    });
    const call = await start([url]);
    const stop = new AbortController();
    const reply = call('pass', {}, { signal: stop.signal }).catch((error: StatusError) => error.code);
    await expect.poll(() => seen).toEqual(['began']);

    stop.abort();

    expect(await reply).toBe(Code.CANCELLED);
    await expect.poll(() => seen).toEqual(['began', 'closed']);
  });
});

describe('proxy: requests', () => {
  test('path and query stand behind those of the url, as they were sent; the path of the url is never left', async () => {
    const { url: target } = await mirror();
    const { graph, url } = await proxied([`${target}base/?own=1`]);
    const ask = async (path: string): Promise<string> => {
      const { port, hostname } = new URL(url);
      const [response] = await once(requestHttp({ port, hostname, path }).end(), 'response');
      return (JSON.parse(String(await bytesOf(response))) as Mirrored).url;
    };

    expect(await ask('/')).toBe('/base/?own=1');
    expect(await ask('/a%20b/c%2Fd?x=%20&b&x=+')).toBe('/base/a%20b/c%2Fd?own=1&x=%20&b&x=+');
    // A listener refuses such; packets may come from elsewhere.
    const reply = await graph.call('proxy', { method: 'GET', path: '/../../etc/%2e%2e/passwd' });
    expect((reply as { body: Mirrored }).body.url).toBe('/base/passwd?own=1');
  });

  test('it says for whom it asks, and believes nobody who says so first #101', async () => {
    const { url: target } = await mirror();
    const { url } = await proxied([target]);

    const response = await fetch(url, { headers: { 'x-forwarded-for': '6.6.6.6', forwarded: 'for=6.6.6.6' } });
    const { headers } = (await response.json()) as Mirrored;

    const { host } = new URL(url);
    expect(headers).toMatchObject({
      host: new URL(target).host,
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-host': host,
      'x-forwarded-proto': 'http',
      forwarded: `for=127.0.0.1;host="${host}";proto=http`,
    });
  });

  test('with trustForwarded it adds to what proxies before it have said', async () => {
    const { url: target } = await mirror();
    const { url } = await proxied([target], { trustForwarded: true });

    const response = await fetch(url, {
      headers: { 'x-forwarded-for': '6.6.6.6', 'x-forwarded-host': 'outside', 'x-forwarded-proto': 'https' },
    });

    expect(((await response.json()) as Mirrored).headers).toMatchObject({
      'x-forwarded-for': '6.6.6.6, 127.0.0.1',
      'x-forwarded-host': 'outside',
      'x-forwarded-proto': 'https',
    });
  });

  test('headers of one hop are dropped both ways, those that Connection names included #101', async () => {
    const { url: target } = await backend((request, response) => {
      response.setHeader('connection', 'x-back');
      response.setHeader('x-back', '1');
      response.setHeader('x-kept', '2');
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(request.headers));
    });
    const { url } = await proxied([target]);

    const request = requestHttp(url, {
      headers: {
        connection: 'close, x-there',
        'x-there': '1',
        te: 'trailers',
        'proxy-authorization': 'secret',
        'x-on': '2',
      },
    });
    const [response] = await once(request.end(), 'response');
    const there = JSON.parse(String(await bytesOf(response))) as Record<string, string>;

    expect(there).toMatchObject({ 'x-on': '2' });
    for (const name of ['x-there', 'te', 'proxy-authorization']) expect(there).not.toHaveProperty(name);
    expect(response.headers).toMatchObject({ 'x-kept': '2' });
    expect(response.headers).not.toHaveProperty('x-back');
  });

  test('the trace goes on behind it', async () => {
    const { url: target } = await mirror();
    const { url } = await proxied([target]);
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

    const { headers } = (await (await fetch(url, { headers: { traceparent } })).json()) as Mirrored;

    expect(headers.traceparent).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-(?!b7ad6b7169203331)[0-9a-f]{16}-01$/);
  });

  test.each([
    ['JSON', { 'content-type': 'application/json' }, Buffer.from('{ "a" : 1.0,\n "b": [] }')],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, Buffer.from('b=2&a=%7e&b=+')],
    ['text of another charset', { 'content-type': 'text/plain; charset=iso-8859-1' }, Buffer.from([0xe9, 0xff])],
    ['bytes', { 'content-type': 'image/png' }, Buffer.from([0, 255, 1])],
    ['JSON in gzip', { 'content-type': 'application/json', 'content-encoding': 'gzip' }, gzipSync('{ "a" : 1 }')],
    [
      'a multipart form',
      { 'content-type': 'multipart/form-data; boundary=xx' },
      Buffer.from('--xx\r\ncontent-disposition: form-data; name="a"\r\n\r\n1\r\n--xx--\r\n'),
    ],
    ['a stream', { 'content-type': 'application/json' }, Buffer.from(`"${' '.repeat(1_500_000)}"`)],
  ])('a body of %s that nobody changed goes on byte for byte, and so does the answer', async (_name, headers, body) => {
    let came: Buffer | undefined;
    const { url: target } = await backend(async (request, response) => {
      came = await bytesOf(request);
      response.writeHead(200, headers).end(came);
    });
    const { url } = await proxied([target]);

    const request = requestHttp(url, { method: 'POST', headers: { ...headers, 'content-length': body.length } }).end(
      body,
    );
    const [response] = await once(request, 'response');

    expect(Buffer.compare(came!, body)).toBe(0);
    expect(response.headers).toMatchObject(headers);
    expect(Buffer.compare(await bytesOf(response), body)).toBe(0);
  });

  test('a body that a node changed in place is sent as it is now', async () => {
    const { url: target } = await mirror();
    const graph = await runGraph(
      [
        { kind: 'listener', name: 'listener', port: 0, ports: to({ out: 'change' }) },
        { kind: 'change', name: 'change', ports: to({ out: 'proxy' }) },
        { kind: 'proxy', name: 'proxy', urls: [target] },
      ],
      [
        mapping('change', (payload: { body: { a: number } }) => {
          payload.body.a = 2;
          return payload;
        }),
      ],
    );

    const response = await fetch(`http://${addressOf(graph)}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{ "a": 1 }',
    });

    expect(atob(((await response.json()) as Mirrored).body)).toBe('{"a":2}');
  });

  test('HEAD, 204 and 304 have no body, and a length only where they have one', async () => {
    const { url: target } = await backend(({ url }, response) => {
      if (url === '/204') response.writeHead(204).end();
      else if (url === '/304') response.writeHead(304, { etag: '"a"' }).end();
      else response.writeHead(200, { 'content-length': 5 }).end('hello');
    });
    const { url } = await proxied([target]);

    const head = await fetch(url, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '5']);
    expect((await fetch(`${url}/204`)).status).toBe(204);
    const unmodified = await fetch(`${url}/304`);
    expect([unmodified.status, unmodified.headers.get('etag')]).toEqual([304, '"a"']);
  });

  test('a request with a length and chunks never gets to a backend', async () => {
    let asked = 0;
    const { url: target } = await backend((_request, response) => {
      asked += 1;
      response.end();
    });
    const graph = await runGraph([{ kind: 'proxy', name: 'proxy', urls: [target] }]);

    await graph.call('proxy', {
      method: 'POST',
      header: { 'Content-Length': '3', 'Transfer-Encoding': 'chunked' },
      body: 'longer than three',
    });
    await expect(graph.call('proxy', { header: { 'x-a': 'b\r\nContent-Length: 0' } })).rejects.toThrow('must not have');
    expect(asked).toBe(1);
  });
});

describe('proxy: streams', () => {
  test('200 MB go through in both directions, held by nobody', async () => {
    const used = (): number => {
      collectGarbage();
      const { heapUsed, external } = process.memoryUsage();
      return heapUsed + external;
    };
    const total = 200 * 1024 * 1024;
    const chunk = Buffer.alloc(256 * 1024, 'x');
    const { url: target } = await backend((request, response) => void request.pipe(response));
    const { url } = await proxied([target], {}, { maxBodyBytes: 2 * total });
    const before = used();
    let most = 0;

    const request = requestHttp(url, { method: 'POST', headers: { 'content-type': 'application/x-tar' } });
    const sending = (async () => {
      for (let sent = 0; sent < total; sent += chunk.length) if (!request.write(chunk)) await once(request, 'drain');
      request.end();
    })();
    const [response] = await once(request, 'response');
    let size = 0;
    let measured = 0;
    for await (const part of response as AsyncIterable<Buffer>) {
      size += part.length;
      if (size - measured < 10 * 1024 * 1024) continue;
      measured = size;
      most = Math.max(most, used() - before);
    }
    await sending;

    expect(size).toBe(total);
    expect(most).toBeLessThan(64 * 1024 * 1024);
  }, 60_000);

  test('a client that reads slowly slows the backend down', async () => {
    let written = 0;
    const { url: target } = await backend(async (_request, response) => {
      const chunk = Buffer.alloc(64 * 1024);
      for (; written < 1_000 && !response.destroyed; written++)
        if (!response.write(chunk)) await once(response, 'drain');
      response.end();
    });
    const { url } = await proxied([target]);

    const [response] = await once(requestHttp(url).end(), 'response');
    const stalledAt = async (): Promise<number> => {
      for (let last = -1; ; await new Promise((resolve) => setTimeout(resolve, 200))) {
        if (written === last) return last;
        last = written;
      }
    };
    expect(await stalledAt()).toBeLessThan(900);

    expect((await bytesOf(response)).length).toBe(1_000 * 64 * 1024);
  });

  test('events leave as they come', async () => {
    let events: ServerResponse | undefined;
    const { url: target } = await backend((_request, response) => {
      events = response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: 1\n\n');
    });
    const { url } = await proxied([target]);

    const response = await fetch(url, { headers: { accept: 'text/event-stream' } });
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader.read()).value).toBe('data: 1\n\n');
    events!.write('data: 2\n\n');
    expect((await reader.read()).value).toBe('data: 2\n\n');

    const closed = once(events!, 'close');
    await reader.cancel();
    await closed;
  });

  test('an answer that is cut is cut for the client, too', async () => {
    const { url: target } = await backend((request, response) => {
      response.writeHead(200, { 'content-length': request.url === '/small' ? 100 : 5_000_000 });
      response.write('x'.repeat(50), () => response.destroy());
    });
    const { url } = await proxied([target]);

    const small = await fetch(`${url}/small`);
    expect([small.status, await small.json()]).toMatchObject([
      502,
      { message: expect.stringContaining('has cut its answer') },
    ]);
    const large = await fetch(`${url}/large`);
    expect(large.status).toBe(200);
    await expect(large.text()).rejects.toThrow();
  });
});

describe('proxy: backends', () => {
  test('a backend that is down is skipped, and only when none is left the answer is 502', async () => {
    const { url: up, close } = await backend((_request, response) => response.end('up'));
    const { url } = await proxied([await nowhere(), up]);

    expect([await (await fetch(url)).text(), await (await fetch(url)).text()]).toEqual(['up', 'up']);
    close();
    const response = await fetch(url);
    expect([response.status, await response.json()]).toMatchObject([502, { code: Code.UNAVAILABLE }]);
  });

  test('a backend that is too slow is 504, and is not asked again', async () => {
    let asked = 0;
    const slow = await backend(() => void asked++);
    const { url } = await proxied([slow.url, slow.url], { timeout: '100ms' });

    const response = await fetch(url, { method: 'POST', body: 'x' });

    expect([response.status, asked]).toEqual([504, 1]);
  });

  test('a backend that breaks off has been asked: 502, and nobody else gets the request', async () => {
    let asked = 0;
    const broken = await backend((request) => {
      asked += 1;
      request.socket.destroy();
    });
    const { url } = await proxied([broken.url, broken.url]);

    const response = await fetch(url, { method: 'POST', body: 'x' });

    expect([response.status, asked]).toEqual([502, 1]);
  });

  test('connections are kept for the next request, and closed with the node', async () => {
    const sockets = new Set<object>();
    let open = 0;
    const { url: target } = await backend((request, response) => {
      if (!sockets.has(request.socket)) {
        sockets.add(request.socket);
        open += 1;
        request.socket.on('close', () => (open -= 1));
      }
      response.end('ok');
    });
    const { graph, url } = await proxied([target]);

    for (let i = 0; i < 5; i++) await (await fetch(url)).text();
    expect([sockets.size, open]).toEqual([1, 1]);
    await graph.close();
    await expect.poll(() => open).toBe(0);
  });

  test.each([
    [{ urls: undefined }, 'urls'],
    [{ urls: [] }, 'urls'],
    [{ urls: ['ftp://x/'] }, 'url 1'],
    [{ urls: ['http://x/', 'nowhere'] }, 'url 2'],
    [{ urls: ['http://x/'], timeout: 0 }, 'timeout'],
  ])('%o is refused, naming the field', async (fields, name) => {
    const { specs } = readSpecs([{ kind: 'proxy', name: 'proxy', ...fields }]);

    await expect(createGraph({ specs, logger: silentLogger })).rejects.toThrow(name);
  });
});

describe('proxy: backends that do what they should not', () => {
  /** A backend that answers with these bytes. */
  async function saying(bytes: string | Buffer): Promise<string> {
    const server = createTcp((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => socket.end(bytes));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  }

  test('a compressed answer that unpacks to more than is held goes on as it came', async () => {
    const json = JSON.stringify({ a: 'x'.repeat(6_000_000) });
    const packed = gzipSync(json);
    const one = await backend((_request, response) => {
      response.setHeader('Content-Type', 'application/json');
      response.setHeader('Content-Encoding', 'gzip');
      response.end(packed);
    });
    const { url } = await proxied([one.url]);

    const answer = await fetch(url, { headers: { 'accept-encoding': 'gzip' } });

    expect(answer.headers.get('content-encoding')).toBe('gzip');
    expect((await answer.text()) === json).toBe(true);
  });

  test('a body that is not what its coding says goes on as it came', async () => {
    const { url } = await proxied([
      await saying(
        'HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\nabcd',
      ),
    ]);
    const [response] = await once(requestHttp(url).end(), 'response');

    expect([response.statusCode, String(await bytesOf(response))]).toEqual([200, 'abcd']);
  });

  test('a header field `__proto__` is left out', async () => {
    const { url } = await proxied([
      await saying('HTTP/1.1 200 OK\r\n__proto__: x\r\nX-Other: y\r\nContent-Length: 2\r\n\r\nok'),
    ]);
    const answer = await fetch(url);

    expect([answer.status, answer.headers.get('x-other'), await answer.text()]).toEqual([200, 'y', 'ok']);
  });

  test('one that switches protocols unasked is a bad gateway, at once', async () => {
    const { url } = await proxied(
      [await saying('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n')],
      { timeout: '60s' },
      { timeout: '60s' },
    );

    expect((await fetch(url)).status).toBe(502);
  });

  test('callers that errors are masked for do not learn where backends are', async () => {
    const dead = await nowhere();
    const http = await runGraph([
      { kind: 'listener', name: 'listener', port: 0, exposeErrors: 'masked', ports: to({ out: 'http' }) },
      { kind: 'http', name: 'http', url: dead },
    ]);
    const { url } = await proxied([dead], {}, { exposeErrors: 'masked' });

    for (const [at, status] of [
      [url, 502],
      [`http://${addressOf(http)}`, 503],
    ] as const) {
      const answer = await fetch(at);
      const text = await answer.text();
      expect([answer.status, text]).toEqual([status, expect.stringMatching(/Internal error \(error id/)]);
      expect(text).not.toMatch(/127\.0\.0\.1|ECONN/);
    }
  });

  test('what clients say of themselves is not passed on, however it is spelled', async () => {
    const one = await mirror();
    const { url } = await proxied([one.url]);
    const said = {
      'X-Forwarded-Port': '1',
      'X-Forwarded-User': 'root',
      'X-Real-IP': '6.6.6.6',
      X_Forwarded_For: '6.6.6.6',
      'X-Forwarded_For': '6.6.6.6',
      X_Api_Key: 'kept',
    };
    const [response] = await once(requestHttp(url, { headers: said }).end(), 'response');
    const { headers } = JSON.parse(String(await bytesOf(response))) as Mirrored;

    expect(headers['x-forwarded-for']).toBe('127.0.0.1');
    expect(headers.x_api_key).toBe('kept');
    expect(Object.keys(headers).filter((name) => /port|user|real|_for/i.test(name))).toEqual([]);
  });
});
