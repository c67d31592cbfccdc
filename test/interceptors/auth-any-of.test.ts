import { Code, type Context, key, StatusError } from 'flowrpc';
import {
  anyOf,
  apiKeys,
  auth,
  type JwtIdentity,
  jwt,
  type TlsIdentity,
  tlsIdentity,
  type Verifier,
} from 'flowrpc/interceptors';
import { fakeContext } from 'flowrpc/testing';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { run } from '../suites/kinds.ts';
import { onSide, setup, type TestTransport, transports } from '../suites/transports.ts';

const transport = transports[0] as TestTransport;
const nobody: Verifier<string> = () => undefined;
const broken: Verifier<string> = async () => {
  throw new Error('broken');
};
const down: Verifier<string> = async () => {
  throw new StatusError(Code.UNAVAILABLE, 'Credentials cannot be checked at the moment');
};
const denied: Verifier<string> = () => {
  throw new StatusError(Code.PERMISSION_DENIED, 'Suspended');
};
const ada: Verifier<string> = () => 'ada';

const ended = async (verify: Verifier<string>): Promise<unknown> => {
  await using probe = await setup(transport, onSide('server', auth(verify, { refusalStepMs: 0 })));
  const { code, message } = (await run(probe.client, 'unary')).status;
  return [code, message];
};

describe('anyOf()', () => {
  test('takes the first identity, and asks no further', async () => {
    let asked = 0;
    const counting: Verifier<string> = () => {
      asked += 1;
      return 'bob';
    };

    expect(await anyOf(nobody, ada, counting)(fakeContext())).toBe('ada');
    expect(await anyOf(broken, down, ada)(fakeContext())).toBe('ada');
    expect(asked).toBe(0);
  });

  test('refuses as one verifier would', async () => {
    expect(await ended(anyOf(nobody))).toEqual([Code.UNAUTHENTICATED, 'The call has no valid credentials']);
    expect(await ended(anyOf(broken, nobody))).toEqual([Code.UNAUTHENTICATED, 'The call has no valid credentials']);
  });

  test('tells that one could not check when no other vouches for the caller', async () => {
    const unavailable = [Code.UNAVAILABLE, 'Credentials cannot be checked at the moment'];

    expect(await ended(anyOf(down, nobody))).toEqual(unavailable);
    expect(await ended(anyOf(broken, down))).toEqual(unavailable);
  });

  test('ends where somebody known is refused', async () => {
    expect(await ended(anyOf(nobody, denied, ada))).toEqual([Code.PERMISSION_DENIED, 'Suspended']);
  });

  test('knows the identities of all', () => {
    const secret = 'a secret of thirty-two bytes, or more';
    const byAny = anyOf(
      tlsIdentity(),
      jwt({ issuer: 'i', audience: 'a', secret }),
      apiKeys({ keys: [] as { hash: string; identity: { kind: 'key'; tenant: string } }[] }),
      async (context: Context) => context.peer.address === 'in-process' && ({ kind: 'local' } as const),
    );
    type Identity = TlsIdentity | JwtIdentity | { kind: 'key'; tenant: string } | { readonly kind: 'local' };

    expectTypeOf(byAny).toEqualTypeOf<Verifier<Identity>>();
    auth(byAny, { as: key<Identity>('user') });
    // @ts-expect-error a certificate has no tenant
    auth(byAny, { as: key<{ tenant: string }>('tenant') });
  });

  test('cannot be made of nothing', () => {
    expect(() => anyOf()).toThrow('Cannot authenticate by any of nothing: wanted one verifier or more');
    expect(() => anyOf('jwt' as never)).toThrow(
      "Cannot authenticate by string: wanted a function of the call's context",
    );
  });
});

test('auth() refuses two authorization values whoever verifies', async () => {
  const twice = onSide(
    'server',
    (call, next) =>
      next(call.withMetadata((copy) => copy.append('authorization', 'Bearer a').append('authorization', 'Bearer b'))),
    auth(ada),
  );
  await using probe = await setup(transport, twice);

  expect((await run(probe.client, 'unary')).status.code).toBe(Code.UNAUTHENTICATED);
});

test('auth() sends a refusal when its step is over, and a call that ends first is not held', async () => {
  let started = 0;
  await using probe = await setup(
    transport,
    onSide(
      'server',
      auth(() => void (started += 1), { refusalStepMs: 10_000 }),
    ),
  );

  const { status } = await run(probe.client, 'unary', { timeoutMs: 50 });

  expect(started).toBe(1);
  expect(status.code).toBe(Code.DEADLINE_EXCEEDED);
});

test.each([-1, Number.NaN, 10_001, '5' as never])('auth() cannot refuse at steps of %j ms', (refusalStepMs) => {
  expect(() => auth(ada, { refusalStepMs })).toThrow(/refusalStepMs .*: wanted 0 to 10000 milliseconds$/);
});
