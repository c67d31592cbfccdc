import fc from 'fast-check';
import { Code, connect, createServer, key, type PeerIdentity, silentLogger } from 'flowrpc';
import { auth, parseSpiffeId, type TlsIdentity, type TlsIdentityOptions, tlsIdentity } from 'flowrpc/interceptors';
import { fakeContext } from 'flowrpc/testing';
import { beforeAll, describe, expect, test } from 'vitest';
import { echo, ProbeService } from '../suites/probe-service.ts';
import { type Authority, authority, type Certificate } from '../transport/grpc/certificates.ts';

const billing = 'spiffe://shop.example/pay/billing';
const user = key<TlsIdentity>('user');
let ca: Authority;
let server: Certificate;
let client: Certificate;
beforeAll(async () => {
  ca = await authority();
  server = await ca.issue({ name: 'localhost', alternatives: [{ type: 'ip', value: '127.0.0.1' }] });
  client = await ca.issue({
    name: 'billing',
    alternatives: [
      { type: 'dns', value: 'billing.internal' },
      { type: 'url', value: billing },
    ],
  });
});

/** Calls over mutual TLS; gives the code and who the handler saw. */
async function overTls(options: TlsIdentityOptions, certificate: Certificate | undefined) {
  let seen: TlsIdentity | undefined;
  await using serving = createServer({
    logger: silentLogger,
    interceptors: [auth(tlsIdentity(options), { as: user })],
  }).add(ProbeService, {
    ...echo,
    unary: ({ text, n }, context) => {
      seen = context.get(user);
      return { text, n };
    },
  });
  const tls = { ...server, ca: ca.cert, clientCertificate: 'request' } as const;
  const { address } = await serving.listen('127.0.0.1:0', { tls });
  await using channel = connect(address, { tls: { ca: ca.cert, ...certificate } });
  const { code } = await channel.client(ProbeService).unary({ text: 'a', n: 1 }, { timeoutMs: 10_000 }).status;
  await serving.close({ graceMs: 0 });
  return { code, seen };
}

/** Asks about a certificate with these names. */
function ask(options: TlsIdentityOptions, names: readonly string[], fingerprint = print): TlsIdentity | undefined {
  const identity: PeerIdentity = { subject: 'billing', names, fingerprint };
  const context = fakeContext({ peer: { address: '192.0.2.1:4000', security: 'tls', identity } });
  return tlsIdentity(options)(context) as TlsIdentity | undefined;
}

const print = 'AB:'.repeat(31).concat('CD');

describe('tlsIdentity() over mutual TLS', () => {
  test('tells who has the certificate', async () => {
    const { code, seen } = await overTls({ spiffe: [billing] }, client);

    expect(code).toBe(Code.OK);
    expect(seen).toMatchObject({
      kind: 'tls',
      id: billing,
      spiffe: { id: billing, trustDomain: 'shop.example', path: '/pay/billing' },
      subject: 'billing',
      names: ['DNS:billing.internal', `URI:${billing}`],
    });
  });

  test('takes a fingerprint that was seen before', async () => {
    const { seen } = await overTls({}, client);

    expect((await overTls({ fingerprints: [seen!.fingerprint] }, client)).code).toBe(Code.OK);
  });

  test('refuses who has another certificate, or none', async () => {
    expect((await overTls({ spiffe: ['spiffe://shop.example/other'] }, client)).code).toBe(Code.UNAUTHENTICATED);
    expect((await overTls({}, undefined)).code).toBe(Code.UNAUTHENTICATED);
  });
});

describe('tlsIdentity() compares', () => {
  test.each([
    ['spiffe://shop.example/pay/billing', true],
    ['spiffe://shop.example/pay/*', true],
    ['spiffe://shop.example/*', true],
    ['spiffe://shop.example/pay', false],
    ['spiffe://shop.example/pay/bill/*', false],
    ['spiffe://shop.example/pay/billing/*', false],
    ['spiffe://shop.example', false],
    ['spiffe://example/*', false],
  ])('SPIFFE id %s: %s', (pattern, good) => {
    expect(ask({ spiffe: [pattern] }, [`URI:${billing}`])?.id).toBe(good ? billing : undefined);
  });

  test.each([
    ['billing.internal', true],
    ['DNS:BILLING.internal', true],
    ['IP Address:192.0.2.7', true],
    ['email:ops@shop.example', true],
    ['internal', false],
    ['*.internal', false],
    ['192.0.2.7', false],
    ['billing', false],
  ])('name %s: %s', (name, good) => {
    const names = ['DNS:billing.internal', 'IP Address:192.0.2.7', 'email:ops@shop.example'];

    expect(ask({ names: [name] }, names) !== undefined).toBe(good);
  });

  test('fingerprints in any writing', () => {
    expect(ask({ fingerprints: [print.replaceAll(':', '').toLowerCase()] }, [])?.id).toBe(print);
    expect(ask({ fingerprints: [print] }, [], print.replace('CD', 'CE'))).toBeUndefined();
  });

  test('any of its options', () => {
    const options = { spiffe: ['spiffe://a.example/x'], names: ['billing.internal'], fingerprints: [print] };

    expect(ask(options, ['DNS:billing.internal'])?.id).toBe('DNS:billing.internal');
    expect(ask(options, ['DNS:other'])?.id).toBe('DNS:other');
    expect(ask(options, ['DNS:other'], print.replace('CD', 'CE'))).toBeUndefined();
  });

  test('no more than one URI: with two a certificate names no workload', () => {
    const names = [`URI:${billing}`, 'URI:spiffe://shop.example/admin'];

    expect(ask({ spiffe: ['spiffe://shop.example/*'] }, names)).toBeUndefined();
    expect(ask({}, names)).toMatchObject({ spiffe: undefined });
  });

  test('the common name with nothing', () => {
    expect(ask({ names: ['billing'] }, [])).toBeUndefined();
  });

  test('nobody whom TLS did not verify', () => {
    expect(tlsIdentity()(fakeContext({ peer: { address: billing, security: 'tls' } }))).toBeUndefined();
  });
});

test.each<[object, RegExp]>([
  [{ spiffe: ['spiffe://Shop.example/x'] }, /spiffe "spiffe:\/\/Shop\.example\/x" of tlsIdentity: wanted spiffe:\/\//],
  [{ spiffe: ['spiffe://shop.example/*/x'] }, /with \/\* at the end only$/],
  [{ spiffe: [] }, /spiffe of tlsIdentity: wanted a list of one or more strings$/],
  [{ names: [''] }, /names of tlsIdentity: wanted/],
  [{ fingerprints: ['ab:cd'] }, /fingerprint "ab:cd" of tlsIdentity: wanted 64 hexadecimal digits/],
  [{ name: ['x'] }, /"name" of tlsIdentity: it is unknown, did you mean "names"/],
])('tlsIdentity() cannot be made with %j', (options, error) => {
  expect(() => tlsIdentity(options)).toThrow(error);
});

describe('parseSpiffeId()', () => {
  test.each([
    ['spiffe://example.org', '', 'example.org'],
    ['spiffe://example.org/ns/a/sa/B-1_2.x', '/ns/a/sa/B-1_2.x', 'example.org'],
    [`spiffe://${'t'.repeat(255)}/x`, '/x', 't'.repeat(255)],
  ])('reads %s', (id, path, trustDomain) => {
    expect(parseSpiffeId(id)).toEqual({ id, trustDomain, path });
  });

  test.each([
    '',
    'spiffe://',
    'spiffe:///x',
    'https://example.org/x',
    'SPIFFE://example.org/x',
    'spiffe://Example.org/x',
    'spiffe://example.org/',
    'spiffe://example.org//x',
    'spiffe://example.org/x/',
    'spiffe://example.org/./x',
    'spiffe://example.org/x/..',
    'spiffe://example.org:8443/x',
    'spiffe://user@example.org/x',
    'spiffe://example.org/x?y=1',
    'spiffe://example.org/x#y',
    'spiffe://example.org/%41',
    'spiffe://example.org/ü',
    'spiffe://example.org/x\n',
    ' spiffe://example.org/x',
    `spiffe://${'t'.repeat(256)}/x`,
    `spiffe://example.org/${'x'.repeat(2_048)}`,
  ])('refuses %j', (text) => {
    expect(parseSpiffeId(text)).toBeUndefined();
  });

  test('reads what it makes, and nothing that a URL parser would read otherwise', () => {
    const segment = fc.stringMatching(/^[A-Za-z0-9._-]{1,12}$/).filter((text) => text !== '.' && text !== '..');
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9._-]{1,20}$/), fc.array(segment, { maxLength: 5 }), (domain, parts) => {
        const path = parts.map((part) => `/${part}`).join('');

        expect(parseSpiffeId(`spiffe://${domain}${path}`)).toEqual({
          id: `spiffe://${domain}${path}`,
          trustDomain: domain,
          path,
        });
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii' }), (text) => {
        const parsed = parseSpiffeId(`spiffe://${text}`);
        if (parsed === undefined) return;
        const url = new URL(parsed.id);

        expect([url.host, url.pathname, url.search, url.hash]).toEqual([parsed.trustDomain, parsed.path, '', '']);
      }),
    );
  });
});
