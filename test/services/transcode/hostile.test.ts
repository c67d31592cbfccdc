import { request } from 'node:http';
import { connect as connectSocket } from 'node:net';
import fc from 'fast-check';
import { createServer, silentLogger } from 'flowrpc';
import { describe, expect, test } from 'vitest';
import { ask, Library, library, over } from './library.ts';

/** What a raw request is answered with, up to the end of the connection. */
async function raw(url: string, text: string): Promise<string> {
  const { port } = new URL(url);
  const socket = connectSocket(Number(port), '127.0.0.1');
  socket.end(text);
  let answer = '';
  for await (const chunk of socket) answer += String(chunk);
  return answer;
}

describe('transcoder: what strangers send', () => {
  test('any names get through a path as they are', async () => {
    const { url, seen } = await library();
    const part = fc
      .string({ minLength: 1, maxLength: 20, unit: 'binary' })
      .filter((text) => text.isWellFormed() && !/^\.{1,2}$/.test(text));

    await fc.assert(
      fc.asyncProperty(part, part, async (shelf, book) => {
        seen.length = 0;
        const { status } = await ask(url, `/v1/shelves/${encodeURIComponent(shelf)}/books/${encodeURIComponent(book)}`);

        expect(status).toBe(200);
        // A slash inside of a segment stays encoded where several segments make a field.
        const kept = (text: string): string => text.replaceAll('/', '%2F');
        expect(seen[0]?.request.name).toBe(`shelves/${kept(shelf)}/books/${kept(book)}`);
      }),
    );
  });

  test('no path, query or body makes it fail by itself', async () => {
    const { url } = await library();
    const json = fc.oneof(
      fc.json(),
      fc.string(),
      fc.constant('{"__proto__":{"a":1}}'),
      fc.constant('{"book":{"constructor":1}}'),
    );
    const path = fc.oneof(
      fc.webPath(),
      fc.constantFrom(
        '/v1/shelves/1/books',
        '/v1/books/x',
        '/shelves.v1.Library/CreateBook',
        '/shelves.v1.Library/Converse',
        '/v1/cache/a:b',
      ),
    );

    await fc.assert(
      fc.asyncProperty(
        path,
        fc.webQueryParameters(),
        fc.constantFrom('GET', 'POST', 'PATCH', 'DELETE'),
        json,
        async (at, query, method, body) => {
          const init = method === 'GET' ? {} : { body };
          const response = await fetch(`${url}${at}?${query}`, { method, ...init });
          await response.text();

          expect(response.status).toBeLessThan(500);
        },
      ),
    );
  });

  test.each([
    [
      'two lengths',
      'POST /shelves.v1.Library/GetBook HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}',
      '400',
    ],
    [
      'a length and chunks',
      'POST /shelves.v1.Library/GetBook HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n',
      '400',
    ],
    [
      'an absolute address',
      'GET http://127.0.0.1/v1/books/x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
      '404',
    ],
    ['a star', 'OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n', '404'],
    ['no host', 'GET /v1/books/x HTTP/1.1\r\nConnection: close\r\n\r\n', '400'],
    [
      'metadata that cannot travel',
      'GET /v1/books/x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nx-request-id: \xe4\r\n\r\n',
      '400',
    ],
  ])('%s', async (_what, text, status) => {
    const { url } = await library();

    expect(await raw(url, text)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect((await ask(url, '/v1/books/x')).status).toBe(200);
  });

  test('a header that is too large is 431, or a reset where that overtakes it', async () => {
    const { url, seen } = await library();
    const text = `GET /v1/books/x HTTP/1.1\r\nHost: localhost\r\nx-request-id: ${'x'.repeat(100_000)}\r\n\r\n`;

    // Node 24 closes what still sends before its answer is read.
    const answer = await raw(url, text).catch(({ code }: NodeJS.ErrnoException) => code);

    expect(answer).toMatch(/^(?:HTTP\/1.1 431 |ECONNRESET$|EPIPE$)/);
    expect(seen).toHaveLength(0);
    expect((await ask(url, '/v1/books/x')).status).toBe(200);
  });

  test('two authorizations are refused: nobody could say which one counts', async () => {
    const { url } = await library();
    const text =
      'GET /v1/books/x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: a\r\nAuthorization: b\r\n\r\n';

    expect(await raw(url, text)).toMatch(/^HTTP\/1.1 400 /);
  });

  test('lines of one byte each cost no more than their bytes', async () => {
    const { url } = await library();
    const line = `{"title":"${'x'.repeat(30_000)}"}`;
    const answer = await new Promise<string>((resolve, reject) => {
      const sending = request(`${url}/shelves.v1.Library/ImportBooks`, { method: 'POST' }, async (response) => {
        let text = '';
        for await (const chunk of response) text += String(chunk);
        resolve(text);
      });
      sending.on('error', reject);
      for (const character of line) sending.write(character);
      sending.end();
    });

    expect(JSON.parse(answer)).toMatchObject({ total: 1 });
  });
});

describe('transcoder: who reads slowly', () => {
  test('slows the method down, and who leaves ends it', async () => {
    let sent = 0;
    let ended = false;
    const server = createServer({ logger: silentLogger }).add(Library, {
      watchBooks: async function* () {
        try {
          for (;;) {
            sent += 1;
            yield { title: 'x'.repeat(10_000) };
          }
        } finally {
          ended = true;
        }
      },
    } as never);
    const url = await over(server);
    const sending = request(`${url}/v1/shelves/1/books:watch`, (response) => response.pause());
    sending.on('error', () => {});
    sending.end();

    await expect.poll(() => sent).toBeGreaterThan(10);
    await expect
      .poll(
        async () => {
          const before = sent;
          await new Promise((resolve) => setTimeout(resolve, 300));
          return sent - before;
        },
        { timeout: 20_000 },
      )
      .toBe(0);
    expect(ended).toBe(false);
    sending.destroy();

    await expect.poll(() => ended).toBe(true);
  });
});
