import fc from 'fast-check';
import { type Logger, silentLogger } from 'flowrpc';
import { logging, type RealIpOptions, realIp, realIpKey } from 'flowrpc/interceptors';
import { describe, expect, onTestFinished, test } from 'vitest';
import { everyKind, run, shout } from '../suites/kinds.ts';
import { onSide, type Setup, setup, type TestTransport, transports } from '../suites/transports.ts';

const [inProcess, , tcp, unix] = transports as [TestTransport, TestTransport, TestTransport, TestTransport];

/** What the handler reads as the client's address when the metadata came over a transport. */
async function seen(transport: TestTransport, options: RealIpOptions) {
  const ips: (string | undefined)[] = [];
  const probe: Setup = await setup(transport, {
    handlers: everyKind((requests, context) => {
      ips.push(context.get(realIpKey));
      return shout(requests, context);
    }),
    ...onSide('server', realIp(options)),
  });
  onTestFinished(() => probe[Symbol.asyncDispose]());
  return async (metadata: Record<string, string | readonly string[]> = {}): Promise<string | undefined> => {
    await run(probe.client, 'unary', { metadata });
    return ips.at(-1);
  };
}

describe('realIp()', () => {
  test('takes the address from a trusted proxy', async () => {
    const from = await seen(tcp, { trusted: ['127.0.0.1'] });

    expect(await from({ 'x-forwarded-for': '203.0.113.9' })).toBe('203.0.113.9');
    expect(await from()).toBe('127.0.0.1');
  });

  test('believes nobody else', async () => {
    const from = await seen(tcp, { trusted: ['10.0.0.0/8', 'local'], headers: ['x-forwarded-for', 'x-real-ip'] });

    expect(await from({ 'x-forwarded-for': '203.0.113.9', 'x-real-ip': '203.0.113.9' })).toBe('127.0.0.1');
  });

  test.each([
    ['stops at the first address that is not trusted', '198.51.100.1, 203.0.113.9, 10.0.0.2', '203.0.113.9'],
    ['goes to the left end when all are trusted', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
    ['stops before what is no address', 'unknown, 10.0.0.2', '10.0.0.2'],
    ['keeps to the peer when nothing can be read', 'canary', '127.0.0.1'],
    ['keeps to the peer when it is empty', '', '127.0.0.1'],
    ['reads ports and brackets', '[2001:db8::1]:443, 10.0.0.2:8080', '2001:db8::1'],
    ['reads quotes and spaces', ' "[2001:DB8::1]" ,10.0.0.2 ', '2001:db8::1'],
    ['writes an address in one way', '2001:0DB8:0:0::0:1, 10.0.0.2', '2001:db8::1'],
    ['knows IPv4 in IPv6 clothes', '203.0.113.9, ::ffff:10.0.0.2', '203.0.113.9'],
    ['knows IPv6 ranges', '203.0.113.9, fd12::7', '203.0.113.9'],
  ])('%s', async (_, sent, expected) => {
    const from = await seen(tcp, { trusted: ['127.0.0.0/8', '10.0.0.0/8', 'fd00::/8'] });

    expect(await from({ 'x-forwarded-for': sent })).toBe(expected);
  });

  test('reads a header that was sent more than once as one list', async () => {
    const from = await seen(tcp, { trusted: ['127.0.0.0/8', '10.0.0.0/8'] });

    expect(await from({ 'x-forwarded-for': ['198.51.100.1', '203.0.113.9, 10.0.0.2'] })).toBe('203.0.113.9');
  });

  test('reads the headers it is told to, the first that is there', async () => {
    const from = await seen(tcp, { trusted: ['127.0.0.0/8'], headers: ['X-Real-IP', 'x-forwarded-for'] });

    expect(await from({ 'x-real-ip': '203.0.113.1', 'x-forwarded-for': '203.0.113.2' })).toBe('203.0.113.1');
    expect(await from({ 'x-forwarded-for': '203.0.113.2' })).toBe('203.0.113.2');
    expect(await (await seen(tcp, { trusted: ['127.0.0.0/8'] }))({ 'x-real-ip': '203.0.113.1' })).toBe('127.0.0.1');
  });

  test.each([inProcess, unix])('believes a local peer only when told to, $name', async (transport) => {
    const trusting = await seen(transport, { trusted: ['local'] });
    const doubting = await seen(transport, { trusted: ['0.0.0.0/0', '::/0'] });

    expect(await trusting({ 'x-forwarded-for': '203.0.113.9' })).toBe('203.0.113.9');
    expect(await trusting()).toBeUndefined();
    expect(await doubting({ 'x-forwarded-for': '203.0.113.9' })).toBeUndefined();
  });

  test('never gives an address that an untrusted one vouches for', async () => {
    const from = await seen(inProcess, { trusted: ['local', '10.0.0.0/8', 'fd00::/8'] });
    const trusted = fc.oneof(
      fc.nat(0xffffff).map((n) => `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`),
      fc.nat(0xffff).map((n) => `fd12::${n.toString(16)}`),
    );
    const stranger = fc.oneof(
      fc.ipV4().filter((ip) => !ip.startsWith('10.')),
      fc.integer({ min: 1, max: 0xffff }).map((n) => `2001:db8::${n.toString(16)}`),
    );

    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(trusted, stranger)),
        stranger,
        fc.array(trusted, { maxLength: 8 }),
        async (before, client, proxies) => {
          const sent = [...before, client, ...proxies].join(', ');
          expect(await from({ 'x-forwarded-for': sent })).toBe(client);
        },
      ),
      { numRuns: 50 },
    );
  });

  test('gives an address or nothing, whatever is sent', async () => {
    const from = await seen(inProcess, { trusted: ['local', '0.0.0.0/0', '::/0'] });

    await fc.assert(
      fc.asyncProperty(fc.string({ unit: fc.constantFrom(...'0123456789abcdef.:[]", %/x') }), async (sent) => {
        expect((await from({ 'x-forwarded-for': sent })) ?? '::').toMatch(/^[0-9a-f.:]+$/);
      }),
      { numRuns: 200 },
    );
  });

  test('stands on the line of logging()', async () => {
    const lines: object[] = [];
    const logger: Logger = { ...silentLogger, enabled: () => true, info: (_, fields = {}) => void lines.push(fields) };
    await using probe = await setup(tcp, {
      handlers: everyKind(shout),
      ...onSide('server', realIp({ trusted: ['127.0.0.1'] }), logging({ logger })),
    });

    await run(probe.client, 'unary', { metadata: { 'x-forwarded-for': '203.0.113.9' } });

    expect(lines).toMatchObject([{ clientIp: '203.0.113.9', peer: expect.stringMatching(/^127\.0\.0\.1:\d+$/) }]);
  });

  test.each(['10.0.0.0/33', '10.0.0/8', 'proxy.internal', '10.0.0.0/8/8', 'fd00::/129', '10.0.0.0/', ''])(
    'refuses to trust %j',
    (entry) => {
      expect(() => realIp({ trusted: [entry] })).toThrow(`Cannot trust ${JSON.stringify(entry)}: wanted an IP address`);
    },
  );

  test('refuses options that make no sense', () => {
    expect(() => realIp({ trusted: '10.0.0.0/8' as never })).toThrow('wanted a list of addresses');
    expect(() => realIp({ trusted: [], header: 'a' } as never)).toThrow('did you mean "headers"?');
  });
});
