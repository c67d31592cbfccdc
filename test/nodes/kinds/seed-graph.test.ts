import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request as requestHttp } from 'node:http';
import { brotliCompressSync, brotliDecompressSync, deflateSync, gunzipSync, gzipSync, inflateSync } from 'node:zlib';
import { silentLogger } from 'flowrpc';
import { createGraph, parseSpecs } from 'flowrpc/graph';
import { describe, expect, onTestFinished, test } from 'vitest';
import { addressOf, backend, bytesOf } from './http-servers.ts';

interface Came {
  url: string;
  headers: Record<string, string>;
  body: Buffer;
}

/** The graph as it is written for people, in front of two backends of our own. */
async function seed(answer: (came: Came) => { headers?: Record<string, string>; body: string | Buffer }) {
  const came: Came[] = [];
  const start = (name: string) =>
    backend(async (request, response) => {
      const one = {
        url: request.url!,
        headers: request.headers as Record<string, string>,
        body: await bytesOf(request),
      };
      came.push(one);
      const { headers = {}, body } = answer(one);
      response.writeHead(200, { 'x-backend': name, ...headers }).end(body);
    });
  const urls = [await start('one'), await start('two')].map(({ url }) => url);
  const text = readFileSync('examples/22-http-proxy/graph.yaml', 'utf8')
    .replace('port: 8000', 'port: 0')
    .replace('https://backend1.com/', urls[0]!)
    .replace('https://backend2.com/', urls[1]!);
  const { specs, problems } = parseSpecs(text);
  const graph = await createGraph({ specs, problems, logger: silentLogger });
  onTestFinished(() => graph.close({ graceMs: 100 }));
  return { url: `http://${addressOf(graph)}`, came };
}

const codings = [
  ['gzip', gzipSync, gunzipSync],
  ['deflate', deflateSync, inflateSync],
  ['br', brotliCompressSync, brotliDecompressSync],
] as const;

describe('the graph of listener and proxy', () => {
  test('is served as it is written: two urls in turn #99 #101', async () => {
    const { url } = await seed(() => ({ body: 'ok' }));

    const backends: unknown[] = [];
    for (let i = 0; i < 5; i++) {
      const response = await fetch(url);
      backends.push(response.headers.get('x-backend'), await response.text());
    }

    expect(backends).toEqual(['one', 'ok', 'two', 'ok', 'one', 'ok', 'two', 'ok', 'one', 'ok']);
  });

  test('backends learn who asked, and clients nothing of the hop between', async () => {
    const { url, came } = await seed(() => ({ headers: { 'keep-alive': 'timeout=1', 'x-own': 'yes' }, body: 'ok' }));

    const response = await fetch(`${url}/users?id=1`, { headers: { 'x-own': 'too' } });

    expect(came[0]?.url).toBe('/users?id=1');
    expect(came[0]?.headers).toMatchObject({
      'x-own': 'too',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
    });
    expect(response.headers.get('x-own')).toBe('yes');
    expect(response.headers.get('keep-alive')).not.toBe('timeout=1');
  });

  test.each([
    ['JSON', 'application/json', '{"a": [1, 2.50]}'],
    ['a form', 'application/x-www-form-urlencoded', 'a=1&b=%20x&a=2'],
    [
      'a multipart form',
      'multipart/form-data; boundary=B',
      '--B\r\nContent-Disposition: form-data; name="f"; filename="x.bin"\r\n\r\n\u0001\u0002\r\n--B--\r\n',
    ],
    ['text', 'text/plain; charset=utf-8', 'grüße'],
    ['XML', 'application/xml', '<a  b="c"/>'],
    ['bytes', 'application/octet-stream', '\u0000\u0001\u0002'],
  ])('%s goes through both ways #98', async (_name, type, text) => {
    const { url, came } = await seed(({ headers, body }) => ({
      headers: { 'content-type': headers['content-type']! },
      body,
    }));

    const response = await fetch(url, { method: 'POST', headers: { 'content-type': type }, body: Buffer.from(text) });

    expect(String(came[0]?.body)).toBe(text);
    expect(response.headers.get('content-type')).toBe(type);
    expect(await response.text()).toBe(text);
  });

  test.each(codings)('a body in %s goes through both ways as it came', async (coding, pack, unpack) => {
    const { url, came } = await seed(({ body }) => ({
      headers: { 'content-type': 'text/plain', 'content-encoding': coding },
      body: pack(`got ${unpack(body)}`),
    }));

    const request = requestHttp(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-encoding': coding, 'accept-encoding': coding },
    });
    const [response] = await once(request.end(pack('{"a": 1}')), 'response');

    expect(came[0]?.headers['content-encoding']).toBe(coding);
    expect(response.headers['content-encoding']).toBe(coding);
    expect(String(unpack(await bytesOf(response)))).toBe('got {"a": 1}');
  });

  test.each(codings)(
    'an answer that no backend packed is packed with %s for who takes that',
    async (coding, _pack, unpack) => {
      const text = 'x'.repeat(10_000);
      const { url } = await seed(() => ({ headers: { 'content-type': 'text/plain' }, body: text }));

      const [response] = await once(requestHttp(url, { headers: { 'accept-encoding': coding } }).end(), 'response');

      expect(response.headers['content-encoding']).toBe(coding);
      expect(String(unpack(await bytesOf(response)))).toBe(text);
    },
  );
});
