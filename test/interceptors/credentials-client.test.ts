import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { Code, type StatusError } from 'flowrpc';
import { auth, bearer, bearerToken, type ClientCredentialsOptions, clientCredentials } from 'flowrpc/interceptors';
import { fakeContext } from 'flowrpc/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { everyKind, run, shout } from '../suites/kinds.ts';
import { setup, type TestTransport, transports } from '../suites/transports.ts';

interface Asked {
  readonly authorization: string | undefined;
  readonly form: Record<string, string>;
  readonly type: string | undefined;
}

let url: string;
let asked: Asked[];
let answer: (response: ServerResponse) => void;
let server: ReturnType<typeof createServer>;
beforeEach(async () => {
  asked = [];
  answer = (response) =>
    response.end(JSON.stringify({ access_token: `token-${asked.length}`, token_type: 'Bearer', expires_in: 600 }));
  server = createServer(async (request, response) => {
    asked.push({
      authorization: request.headers.authorization,
      form: Object.fromEntries(new URLSearchParams(await textOf(request))),
      type: request.headers['content-type'],
    });
    answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/oauth/token?tenant=canary`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

const secret = 'canary/+ s:ecret';
const source = (options: Partial<ClientCredentialsOptions> = {}) =>
  clientCredentials({ tokenUrl: url, clientId: 'my client', clientSecret: secret, ...options });
const failure = async (options?: Partial<ClientCredentialsOptions>): Promise<StatusError> => {
  try {
    await source(options)(fakeContext());
  } catch (thrown) {
    return thrown as StatusError;
  }
  throw new Error('It gave a token');
};

describe('clientCredentials()', () => {
  test('asks as RFC 6749, 4.4 says, with HTTP Basic', async () => {
    expect(await source({ scope: 'read write', audience: 'greeter' })(fakeContext())).toBe('token-1');

    const [{ authorization, form, type }] = asked as [Asked];
    expect(form).toEqual({ grant_type: 'client_credentials', scope: 'read write', audience: 'greeter' });
    expect(type).toBe('application/x-www-form-urlencoded');
    expect(Buffer.from(authorization!.slice('Basic '.length), 'base64').toString()).toBe(
      'my+client:canary%2F%2B+s%3Aecret',
    );
  });

  test('or in the body', async () => {
    await source({ send: 'body' })(fakeContext());

    expect(asked).toMatchObject([
      { authorization: undefined, form: { client_id: 'my client', client_secret: secret } },
    ]);
  });

  test('feeds bearerToken(), also after a server refused the token', async () => {
    const seen: unknown[] = [];
    await using probe = await setup(transports[2] as TestTransport, {
      handlers: everyKind(shout),
      server: {
        interceptors: [
          auth((context) => {
            seen.push(bearer(context));
            return bearer(context) === 'token-2';
          }),
        ],
      },
      client: { interceptors: [bearerToken(source({ pauseMs: 0 }))] },
    });

    expect((await run(probe.client, 'bidi')).status.code).toBe(Code.OK);
    expect((await run(probe.client, 'unary')).status.code).toBe(Code.OK);
    expect(seen).toEqual(['token-1', 'token-2', 'token-2']);
    expect(asked).toHaveLength(2);
  });

  test.each<[string, (response: ServerResponse) => void, Code, RegExp]>([
    [
      'refuses the client',
      reply(401, { error: 'invalid_client' }),
      Code.UNAUTHENTICATED,
      /answered 401 invalid_client$/,
    ],
    ['refuses the scope', reply(400, { error: 'invalid_scope' }), Code.UNAUTHENTICATED, /answered 400 invalid_scope$/],
    ['says what it should not', reply(400, { error: 'no <canary>' }), Code.UNAUTHENTICATED, /answered 400$/],
    ['is busy', reply(429, {}), Code.UNAVAILABLE, /answered 429$/],
    ['fails', reply(500, 'oops'), Code.UNAVAILABLE, /answered 500$/],
    [
      'sends elsewhere',
      (response) => response.writeHead(307, { location: '/x' }).end(),
      Code.UNAVAILABLE,
      /answered 307$/,
    ],
    ['gives no token', reply(200, { token_type: 'Bearer' }), Code.UNAVAILABLE, /it gave no bearer token$/],
    ['gives another kind', reply(200, { access_token: 'x', token_type: 'mac' }), Code.UNAVAILABLE, /no bearer token$/],
    ['gives no JSON', (response) => response.end('<html>'), Code.UNAVAILABLE, /no bearer token$/],
    ['breaks off', (response) => response.destroy(), Code.UNAVAILABLE, /no answer$/],
    ['never answers', () => {}, Code.UNAVAILABLE, /no answer$/],
  ])('tells of an endpoint that %s, and no secret', async (_what, answered, code, message) => {
    answer = answered;

    const error = await failure({ timeoutMs: 200 });

    expect(error).toMatchObject({ code });
    expect(error.statusMessage).toMatch(/^Cannot get a token from http:\/\/127\.0\.0\.1:\d+\/oauth\/token: /);
    expect(error.statusMessage).toMatch(message);
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('canary');
  });

  test.each<[Partial<ClientCredentialsOptions>, RegExp]>([
    [{ tokenUrl: 'http://idp.example/token?x=canary' }, /tokenUrl http:\/\/idp\.example\/token: wanted https/],
    [{ clientSecret: '' }, /^Cannot get tokens: clientSecret is missing$/],
    [{ clientId: undefined }, /^Cannot get tokens: clientId is missing$/],
    [{ send: 'header' as never }, /as "header": wanted "basic" or "body"$/],
    [{ timeoutMs: 0 }, /timeoutMs 0: wanted more than 0$/],
    [{ scopes: 'x' } as never, /"scopes" of clientCredentials: it is unknown, did you mean "scope"/],
  ])('cannot be made with %j', (options, error) => {
    expect(() => source(options)).toThrow(error);
  });
});

function reply(status: number, body: unknown): (response: ServerResponse) => void {
  return (response) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
