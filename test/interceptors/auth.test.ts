import { Code, type Interceptor, key, StatusError } from 'flowrpc';
import { auth, bearer, bearerToken } from 'flowrpc/interceptors';
import { describe, expect, test } from 'vitest';
import { everyKind, kinds, run, shout, start } from '../suites/kinds.ts';
import { onSide, setup, type TestTransport, transports } from '../suites/transports.ts';

const transport = transports[0] as TestTransport;
const user = key<{ name: string }>('user');

const byToken = auth((context) => (bearer(context) === 'good' ? { name: 'ada' } : undefined), { as: user });

/** Stands for a peer that sends the header twice, which our own clients refuse to do. */
const doubled: Interceptor = async function doubled(call, next) {
  if (!call.metadata.has('x-twice')) return next(call);
  return next(call.withMetadata((copy) => copy.append('authorization', 'Bearer good')));
};

describe.each(kinds)('auth(), %s', (kind) => {
  test('hands the identity to the handler under its key', async () => {
    let seen: string | undefined;
    await using probe = await setup(transport, {
      handlers: everyKind((requests, context) => {
        seen = context.get(user)?.name;
        return shout(requests, context);
      }),
      server: { interceptors: [byToken] },
      client: { interceptors: [bearerToken('good')] },
    });

    const { status } = await run(probe.client, kind);

    expect(status.code).toBe(Code.OK);
    expect(seen).toBe('ada');
  });

  test('answers everything that is wrong alike, before the handler runs', async () => {
    let handled = 0;
    await using probe = await setup(transport, {
      handlers: everyKind((requests, context) => {
        handled += 1;
        return shout(requests, context);
      }),
      ...onSide('server', doubled, byToken),
    });
    const wrong = [
      {},
      { authorization: 'Bearer bad' },
      { authorization: 'Basic Z29vZA==' },
      { authorization: 'Bearer' },
      { authorization: 'Bearer good, Bearer good' },
      { authorization: 'Bearer good', 'x-twice': '1' },
    ];

    const answers = [];
    for (const metadata of wrong) answers.push((await run(probe.client, kind, { metadata })).status);

    expect(new Set(answers.map(({ code, message }) => `${code} ${message}`))).toEqual(
      new Set([`${Code.UNAUTHENTICATED} The call has no valid credentials`]),
    );
    expect(handled).toBe(0);
  });
});

test.each([
  ['throws', () => Promise.reject(new Error('jwt expired for canary'))],
  [
    'throws at once',
    () => {
      throw new TypeError('canary');
    },
  ],
  [
    'throws UNAUTHENTICATED with its reason',
    () => {
      throw new StatusError(Code.UNAUTHENTICATED, 'canary');
    },
  ],
  ['gives nothing', async () => undefined],
  ['gives null', () => null],
  ['gives false', () => false as const],
])('auth() refuses when the function %s, and says no more', async (_what, verify) => {
  await using probe = await setup(transport, onSide('server', auth(verify)));

  const { status } = await run(probe.client, 'unary');

  expect(status).toMatchObject({ code: Code.UNAUTHENTICATED, message: 'The call has no valid credentials' });
});

test('auth() waits for an identity that another call gives', async () => {
  const verifier = await setup(transport, {
    handlers: everyKind(() => {
      throw new StatusError(Code.UNAUTHENTICATED, 'Unknown token');
    }),
  });
  await using probe = await setup(
    transport,
    onSide(
      'server',
      auth(() => start(verifier.client, 'unary') as PromiseLike<unknown> as PromiseLike<object>),
    ),
  );

  const { status } = await run(probe.client, 'unary');

  expect(status.code).toBe(Code.UNAUTHENTICATED);
  await verifier[Symbol.asyncDispose]();
});

test('auth() lets a refusal of somebody known through', async () => {
  const denied = auth(() => {
    throw new StatusError(Code.PERMISSION_DENIED, 'Not for guests');
  });
  await using probe = await setup(transport, onSide('server', denied));

  const { status } = await run(probe.client, 'unary');

  expect(status).toMatchObject({ code: Code.PERMISSION_DENIED, message: 'Not for guests' });
});

test('auth() guards methods that nobody registered', async () => {
  await using probe = await setup(transport, onSide('server', byToken));

  const stranger = await probe.channel.call('/no.Such/Method', new Uint8Array()).status;
  const friend = await probe.channel.call('/no.Such/Method', new Uint8Array(), {
    metadata: { authorization: 'bearer good' },
  }).status;

  expect(stranger.code).toBe(Code.UNAUTHENTICATED);
  expect(friend.code).toBe(Code.UNIMPLEMENTED);
});

test('auth() does not outlive its call when the function never settles', async () => {
  let ended: Code | undefined;
  await using probe = await setup(
    transport,
    onSide(
      'server',
      async (call, next) => {
        const status = await next(call);
        ended = status.code;
        return status;
      },
      auth(() => new Promise<never>(() => {})),
    ),
  );

  const { status } = await run(probe.client, 'unary', { timeoutMs: 20 });

  expect(status.code).toBe(Code.DEADLINE_EXCEEDED);
  await expect.poll(() => ended).toBe(Code.DEADLINE_EXCEEDED);
});
