import type { LookupAddress } from 'node:dns';
import fc from 'fast-check';
import { Code } from 'flowrpc';
import { createGraph } from 'flowrpc/graph';
import { defineKind, type Outbound, type OutboundOptions } from 'flowrpc/nodes';
import { describe, expect, test } from 'vitest';
import { classOfAddress } from '../../src/nodes/outbound-address.ts';
import { runGraph } from '../graph/run-graph.ts';
import { backend, echo } from './kinds/http-backend.ts';

/** What a node gets that is set up in a graph with these options. */
async function outboundOf(options: OutboundOptions, names: Record<string, readonly string[]> = {}): Promise<Outbound> {
  let given: Outbound | undefined;
  const kind = defineKind({
    kind: 'connecting',
    setup: (_, { outbound }) => {
      given = outbound;
      return { process: () => 1 };
    },
  });
  const resolve = async (host: string) =>
    (names[host] ?? []).map((address) => ({ address, family: address.includes(':') ? (6 as const) : (4 as const) }));
  await runGraph([{ kind: 'connecting', name: 'c' }], [kind], { outbound: { resolve, ...options } });
  return given!;
}

const outcome = (outbound: Outbound, url: string): string => {
  try {
    outbound.check(url);
    return 'allowed';
  } catch (thrown) {
    expect(thrown).toMatchObject({ code: Code.PERMISSION_DENIED });
    return 'refused';
  }
};

const lookup = (outbound: Outbound, host: string, options: object = { all: true }): Promise<unknown> =>
  new Promise((resolve) => {
    outbound.lookup(host, options, (error, found: string | LookupAddress[], family) => {
      if (error !== null) resolve((error as { code?: unknown }).code);
      else resolve(typeof found === 'string' ? [found, family] : found.map(({ address }) => address));
    });
  });

describe('S-11 outbound.check()', () => {
  test.each<[string, string]>([
    ['http://localhost/', 'refused'],
    ['http://example.com/', 'refused'],
    ['http://93.184.216.34/', 'refused'],
    ['unix:/run/docker.sock', 'refused'],
    ['file:///etc/passwd', 'refused'],
    ['no url', 'refused'],
  ])('refuses what is not on the list: %s', async (url, expected) => {
    expect(outcome(await outboundOf({}), url)).toBe(expected);
  });

  test.each<[string, string, string]>([
    ['example.com', 'https://example.com/x', 'allowed'],
    ['EXAMPLE.com', 'https://Example.COM./x', 'allowed'],
    ['example.com:443', 'https://example.com/x', 'allowed'],
    ['example.com:443', 'http://example.com/x', 'refused'],
    ['example.com', 'https://www.example.com/x', 'refused'],
    ['*.example.com', 'https://a.b.example.com/x', 'allowed'],
    ['*.example.com', 'https://example.com/x', 'refused'],
    ['*.example.com', 'https://evilexample.com/x', 'refused'],
    ['*.example.com:443', 'https://a.example.com:8443/x', 'refused'],
    ['*', 'https://example.com/x', 'allowed'],
    ['*', 'http://93.184.216.34/x', 'allowed'],
    ['*', 'http://10.0.0.1/x', 'refused'],
    ['*', 'http://127.0.0.1/x', 'refused'],
    ['*', 'http://[::1]/x', 'refused'],
    ['*', 'http://[fd00::1]/x', 'refused'],
    ['*', 'http://0x7f000001/x', 'refused'],
    ['*', 'http://127.1/x', 'refused'],
    ['*', 'http://017700000001/x', 'refused'],
    ['*', 'http://2130706433/x', 'refused'],
    ['*', 'http://[::ffff:127.0.0.1]/x', 'refused'],
    ['*', 'http://①②⑦.0.0.1/x', 'refused'],
    ['10.0.0.0/8', 'http://10.9.9.9/x', 'allowed'],
    ['10.0.0.0/8', 'http://[::ffff:10.9.9.9]/x', 'allowed'],
    ['10.0.0.1:80', 'http://10.0.0.1/x', 'allowed'],
    ['10.0.0.1:80', 'http://10.0.0.1:22/x', 'refused'],
    ['[::1]:80', 'http://[::1]/x', 'allowed'],
    ['fd00::/8', 'http://[fd12::1]/x', 'allowed'],
    ['0.0.0.0/0', 'http://169.254.169.254/x', 'refused'],
    ['169.254.169.254', 'http://169.254.169.254/x', 'allowed'],
    ['169.254.169.254:80', 'http://169.254.169.254/x', 'allowed'],
    ['169.254.169.254:80', 'http://169.254.169.254:81/x', 'refused'],
  ])('with %s allowed, %s is %s', async (entry, url, expected) => {
    expect(outcome(await outboundOf({ allow: [entry] }), url)).toBe(expected);
  });

  test('no spelling of an address of the link, or of this machine, gets past "*"', async () => {
    const outbound = await outboundOf({ allow: ['*', '0.0.0.0/0'].slice(0, 1) });
    const number = fc
      .constantFrom(169 * 2 ** 24 + 254 * 2 ** 16, 127 * 2 ** 24, 10 * 2 ** 24)
      .chain((net) => fc.integer({ min: 0, max: 65_535 }).map((host) => net + host));
    const octets = (value: number): number[] => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255);
    const spelling = fc.constantFrom<((value: number) => string)[]>(
      String,
      (value) => `0x${value.toString(16)}`,
      (value) => `0${value.toString(8)}`,
      (value) =>
        octets(value)
          .map((one) => `0x${one.toString(16)}`)
          .join('.'),
      (value) =>
        octets(value)
          .map((one) => `0${one.toString(8)}`)
          .join('.'),
      (value) => `${octets(value).join('.')}.`,
      (value) => `[::ffff:${octets(value).join('.')}]`,
      (value) => `[64:ff9b::${octets(value).join('.')}]`,
      (value) => `[2002:${(value >>> 16).toString(16)}:${(value & 0xffff).toString(16)}::1]`,
      (value) => `[::${octets(value).join('.')}]`,
    );

    fc.assert(
      fc.property(number, spelling, (value, spell) => {
        expect(outcome(outbound, `http://${spell(value)}/`)).toBe('refused');
      }),
    );
  });

  test('a host that the fields name is trusted at its port, whatever it is', async () => {
    const outbound = await outboundOf({});
    outbound.trust('http://127.0.0.1:8080');
    outbound.trust('dns:///users:50051');

    expect(outcome(outbound, 'http://127.0.0.1:8080/x')).toBe('allowed');
    expect(outcome(outbound, 'http://127.0.0.1:22/x')).toBe('refused');
    expect(outcome(outbound, 'users:50051')).toBe('allowed');
  });

  test.each(['', 'a b', 'http://x', '*.', '10.0.0.0/33', 'x/8', '*x', 'a:b'])(
    'a list with %j is a TypeError',
    async (entry) => {
      await expect(createGraph({ specs: [], outbound: { allow: [entry] } })).rejects.toThrow(/Cannot allow/);
    },
  );
});

describe('S-11 outbound.lookup()', () => {
  const names = {
    'public.example': ['93.184.216.34', '2606:2800::1'],
    'private.example': ['10.0.0.1'],
    'mixed.example': ['93.184.216.34', '169.254.169.254'],
    'mapped.example': ['::ffff:10.0.0.1'],
    'link.example': ['fe80::1%eth0'],
    'gone.example': [],
  };

  test.each<[string, string[], string, unknown]>([
    ['a public host by pattern', ['*.example'], 'public.example', ['93.184.216.34', '2606:2800::1']],
    ['a private one by pattern', ['*.example'], 'private.example', Code.PERMISSION_DENIED],
    ['a private one by name', ['private.example'], 'private.example', ['10.0.0.1']],
    ['a private one by network', ['10.0.0.0/8'], 'private.example', ['10.0.0.1']],
    ['a mapped one by network', ['10.0.0.0/8'], 'mapped.example', ['::ffff:10.0.0.1']],
    ['a mapped one by pattern', ['*'], 'mapped.example', Code.PERMISSION_DENIED],
    ['one address of several that is of the link', ['*', 'mixed.example'], 'mixed.example', Code.PERMISSION_DENIED],
    ['the same, listed', ['*', '169.254.169.254'], 'mixed.example', ['93.184.216.34', '169.254.169.254']],
    ['an address with a zone', ['link.example'], 'link.example', Code.PERMISSION_DENIED],
    ['a host that is not listed', ['other.example'], 'public.example', Code.PERMISSION_DENIED],
    ['a name that stands for nothing', ['*'], 'gone.example', 'ENOTFOUND'],
  ])('%s', async (_, allow, host, expected) => {
    expect(await lookup(await outboundOf({ allow }, names), host)).toEqual(expected);
  });

  test('gives one address, or those of one family, as asked', async () => {
    const outbound = await outboundOf({ allow: ['*'] }, names);

    expect(await lookup(outbound, 'public.example', {})).toEqual(['93.184.216.34', 4]);
    expect(await lookup(outbound, 'public.example', { family: 6 })).toEqual(['2606:2800::1', 6]);
    expect(await lookup(outbound, 'private.example', { family: 6, all: true })).toBe(Code.PERMISSION_DENIED);
  });

  test('a name is resolved once for each connection: what was checked is what is connected to', async () => {
    const { port } = await backend(echo);
    let asked = 0;
    // The first answer is fine, the next ones are not.
    const resolve = async () => {
      asked += 1;
      return [{ address: asked === 1 ? '127.0.0.1' : '169.254.169.254', family: 4 as const }];
    };
    const redirecting = await backend((_, response) =>
      response.writeHead(302, { location: `http://rebind.example:${port}/` }).end(),
    );
    const graph = await runGraph([{ kind: 'http', name: 'h', url: redirecting.url }], [], {
      outbound: { allow: ['rebind.example'], resolve },
    });

    expect(await graph.call('h', null)).toMatchObject({ status: 200 });
    expect(asked).toBe(1);
  });

  test('a redirect to a name that stands for this machine is refused, though its pattern is listed', async () => {
    const inner = await backend(echo);
    const redirecting = await backend((_, response) =>
      response.writeHead(302, { location: `http://rebind.example:${inner.port}/` }).end(),
    );
    const resolve = async () => [{ address: '127.0.0.1', family: 4 as const }];
    const graph = await runGraph([{ kind: 'http', name: 'h', url: redirecting.url }], [], {
      outbound: { allow: ['*'], resolve },
    });

    await expect(graph.call('h', null)).rejects.toMatchObject({ code: Code.PERMISSION_DENIED });
  });
});

describe('classOfAddress()', () => {
  test.each<[string, string]>([
    ['8.8.8.8', 'public'],
    ['2606:4700::1', 'public'],
    ['10.0.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['172.32.0.0', 'public'],
    ['100.64.0.1', 'private'],
    ['100.100.100.200', 'link'],
    ['::1', 'private'],
    ['fd00:ec2::254', 'link'],
    ['fe80::1%1', 'link'],
    ['0.0.0.0', 'link'],
    ['::', 'link'],
    ['224.0.0.1', 'link'],
    ['::ffff:8.8.8.8', 'public'],
    ['::ffff:0:169.254.1.1', 'link'],
    ['not an address', 'link'],
  ])('%s is %s', (address, expected) => {
    expect(classOfAddress(address)).toBe(expected);
  });
});
