import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import {
  Code,
  type ConnectOptions,
  connect,
  createServer,
  type ListenOptions,
  type Status,
  silentLogger,
} from 'flowrpc';
import { beforeAll, describe, expect, test } from 'vitest';
import { echo, ProbeService } from '../../suites/probe-service.ts';
import { type Authority, authority, type Certificate } from './certificates.ts';

const here = [
  { type: 'dns' as const, value: 'localhost' },
  { type: 'ip' as const, value: '127.0.0.1' },
  { type: 'ip' as const, value: '::1' },
];
const past = { from: -2_000_000, until: -1_000_000 };
const future = { from: 1_000_000 };

let ca: Authority;
let otherCa: Authority;
let server: Certificate;
beforeAll(async () => {
  [ca, otherCa] = [await authority(), await authority('Other CA')];
  server = await ca.issue({ name: 'localhost', alternatives: here });
});

interface Outcome {
  readonly status: Status;
  /** Handlers that were started. */
  readonly handled: number;
  /** What the server said of handshakes. */
  readonly faults: readonly string[];
}

async function call(
  serverTls: ListenOptions['tls'],
  clientTls: ConnectOptions['tls'],
  address = '127.0.0.1:0',
): Promise<Outcome> {
  let handled = 0;
  const faults: string[] = [];
  await using serving = createServer({ logger: silentLogger }).add(ProbeService, {
    unary: (request) => {
      handled += 1;
      return request;
    },
  });
  serving.sessions.watch((event) => {
    if (event.type === 'error') faults.push(event.error.message);
  });
  const bound = await serving.listen(address, { tls: serverTls });
  await using channel = connect(bound.address, { tls: clientTls });
  const status = await channel.client(ProbeService).unary({ text: 'a', n: 1 }, { timeoutMs: 5_000 }).status;
  await serving.close({ graceMs: 0 });
  return { status, handled, faults };
}

describe('T-01 certificates of clients', () => {
  const faults: readonly (readonly [string, () => Promise<Certificate | undefined>, RegExp, RegExp])[] = [
    ['none', async () => undefined, /requires a client certificate/, /peer did not return a certificate/],
    [
      'of another CA',
      () => otherCa.issue({ name: 'admin' }),
      /refused the client certificate "CN=admin", issued by "CN=Other CA"/,
      /client certificate: UNABLE_TO_VERIFY_LEAF_SIGNATURE/,
    ],
    [
      'that expired',
      () => ca.issue({ name: 'billing', ...past }),
      /refused the client certificate "CN=billing", which expired on .* GMT/,
      /client certificate: CERT_HAS_EXPIRED/,
    ],
    [
      'not yet valid',
      () => ca.issue({ name: 'billing', ...future }),
      /refused the client certificate "CN=billing", which is not valid before .* GMT/,
      /client certificate: CERT_NOT_YET_VALID/,
    ],
  ];

  test.each(faults)(
    '%s: refused in the handshake, both sides say why, no handler runs',
    async (_, make, told, noted) => {
      const own = await make();

      const outcome = await call({ ...server, ca: ca.cert, clientCertificate: 'require' }, { ca: ca.cert, ...own });

      expect(outcome.status).toMatchObject({ code: Code.UNAVAILABLE, origin: 'local' });
      expect(outcome.status.message).toMatch(told);
      expect(outcome.status.message).not.toContain('\n');
      expect(outcome.handled).toBe(0);
      expect(outcome.faults[0]).toMatch(noted);
    },
  );
});

describe('T-01 certificates of servers', () => {
  const faults: readonly (readonly [
    string,
    () => Promise<Certificate>,
    ConnectOptions['tls'] | (() => object),
    RegExp,
  ])[] = [
    [
      'of another CA',
      async () => server,
      () => ({ ca: otherCa.cert }),
      /no trusted CA issued the server's certificate/,
    ],
    ['of no public CA', async () => server, true, /no trusted CA issued the server's certificate/],
    [
      'that expired',
      () => ca.issue({ name: 'localhost', alternatives: here, ...past }),
      () => ({ ca: ca.cert }),
      /certificate has expired/,
    ],
    [
      'not yet valid',
      () => ca.issue({ name: 'localhost', alternatives: here, ...future }),
      () => ({ ca: ca.cert }),
      /certificate is not yet valid/,
    ],
    [
      'of another name',
      () => ca.issue({ name: 'x', alternatives: [{ type: 'dns', value: 'elsewhere' }] }),
      () => ({ ca: ca.cert }),
      /IP: 127\.0\.0\.1 is not in the cert's list|altnames/i,
    ],
    [
      'of a name that only the subject holds',
      () => ca.issue({ name: 'localhost', alternatives: [{ type: 'dns', value: 'x' }] }),
      () => ({ ca: ca.cert, serverName: 'localhost' }),
      /altnames/,
    ],
  ];

  test.each(faults)('%s: the client refuses, and says why', async (_, make, tls, told) => {
    const outcome = await call(await make(), typeof tls === 'function' ? tls() : tls);

    expect(outcome.status).toMatchObject({ code: Code.UNAVAILABLE, origin: 'local' });
    expect(outcome.status.message).toMatch(told);
    expect(outcome.handled).toBe(0);
  });

  test.each([
    ['a\u3002example.com', Code.OK],
    ['a\uff0eexample.com', Code.OK],
    // One label for the wildcard before the dots were read as dots, two after: CVE-2026-48618.
    ['a\u3002b.example.com', Code.UNAVAILABLE],
    ['a.b\uff61example.com', Code.UNAVAILABLE],
    ['example\u3002com', Code.UNAVAILABLE],
  ])('a name with a Unicode dot is the name with a dot: %s', async (serverName, code) => {
    const wildcard = await ca.issue({ name: 'x', alternatives: [{ type: 'dns', value: '*.example.com' }] });

    const outcome = await call(wildcard, { ca: ca.cert, serverName });

    expect(outcome.status.code).toBe(code);
    expect(outcome.handled).toBe(code === Code.OK ? 1 : 0);
  });

  test('a name that is none is refused before anything is opened', () => {
    expect(() => connect('localhost:1', { tls: { serverName: 'a b' } })).toThrow(
      'Cannot use serverName "a b": wanted a host name or an address',
    );
  });

  test('an IPv6 address in the certificate counts, on every Node', async () => {
    const noSix = await ca.issue({ name: 'x', alternatives: [{ type: 'ip', value: '127.0.0.1' }] });
    const taken = await call(server, { ca: ca.cert, serverName: '::1' });
    const refused = await call(noSix, { ca: ca.cert, serverName: '::1' });

    expect(taken.status.code).toBe(Code.OK);
    expect(refused.status.code).toBe(Code.UNAVAILABLE);
  });
});

describe('T-07 versions and downgrades', () => {
  test('plaintext to a TLS port, and TLS to a plaintext port, are refused with what it may be', async () => {
    const plain = await call(server, false);
    const tls = await call(undefined, { ca: ca.cert });

    expect(plain.status).toMatchObject({ code: Code.UNAVAILABLE, origin: 'local' });
    expect(plain.status.message).toContain('The server closed the connection before it spoke HTTP/2: it may want TLS');
    expect(plain.faults[0]).toContain('wrong version number');
    expect(tls.status).toMatchObject({ code: Code.UNAVAILABLE, origin: 'local' });
    expect(tls.status.message).toContain('TLS handshake failed: the server does not speak TLS (wrong version number)');
  });

  test.each(['TLSv1.2', 'TLSv1.3'] as const)('a client of minVersion TLSv1.3 and a server of %s', async (version) => {
    const peer = createTlsServer({ ...server, minVersion: version, maxVersion: version, ALPNProtocols: ['h2'] });
    const seen: (string | null)[] = [];
    peer.on('secureConnection', (socket) => {
      seen.push(socket.getProtocol());
      socket.on('error', () => {});
      socket.destroy();
    });
    peer.on('tlsClientError', () => {});
    peer.listen(0, '127.0.0.1');
    await once(peer, 'listening');
    await using channel = connect(`127.0.0.1:${(peer.address() as AddressInfo).port}`, {
      tls: { ca: ca.cert, minVersion: 'TLSv1.3' },
    });

    const { code, message } = await channel.client(ProbeService).unary({ text: '', n: 1 }).status;
    peer.close();

    expect(code).toBe(Code.UNAVAILABLE);
    expect(seen).toEqual(version === 'TLSv1.3' ? ['TLSv1.3'] : []);
    if (version === 'TLSv1.2')
      expect(message).toMatch(/takes none of our TLS versions|older TLS version than minVersion/);
  });

  test.each([
    ['TLSv1.1', undefined, false],
    ['TLSv1.2', undefined, true],
    ['TLSv1.2', 'TLSv1.3', false],
    ['TLSv1.3', 'TLSv1.3', true],
  ] as const)(
    'a client that speaks %s and a server of minVersion %s: connected is %s #136',
    async (version, minVersion, taken) => {
      await using serving = createServer({ logger: silentLogger }).add(ProbeService, echo);
      const { port } = await serving.listen('127.0.0.1:0', { tls: { ...server, minVersion } });
      const socket = connectTls({
        port,
        host: '127.0.0.1',
        ca: ca.cert,
        minVersion: version === 'TLSv1.1' ? 'TLSv1' : version,
        maxVersion: version,
        // OpenSSL itself would refuse to speak the old version otherwise.
        ...(version === 'TLSv1.1' && { ciphers: 'DEFAULT@SECLEVEL=0' }),
        ALPNProtocols: ['h2'],
      });

      const secure = await once(socket, 'secureConnect').then(
        () => true,
        () => false,
      );
      socket.destroy();

      expect(secure).toBe(taken);
    },
  );

  test('a server keeps a session out whose handshake fails, and counts it', async () => {
    await using serving = createServer({ logger: silentLogger }).add(ProbeService, echo);
    const { port } = await serving.listen('127.0.0.1:0', { tls: server });
    await using channel = connect(`127.0.0.1:${port}`);
    await channel.client(ProbeService).unary({ text: '', n: 1 }).status;

    expect(serving.sessions).toMatchObject({ active: 0, accepted: 0 });
    expect(serving.sessions.failed).toBeGreaterThanOrEqual(1);
    await expect.poll(() => serving.sessions.utilisation).toBe(0);
  });
});

describe('T-02 start-up errors', () => {
  const listen = (tls: object): Promise<unknown> =>
    createServer({ logger: silentLogger }).listen('127.0.0.1:0', { tls: tls as ListenOptions['tls'] });

  test('client certificates without a CA, and a CA that nobody is checked against, are errors', async () => {
    for (const clientCertificate of ['require', 'request'])
      await expect(listen({ ...server, clientCertificate })).rejects.toThrow(
        `Cannot ${clientCertificate} client certificates: wanted ca or caFile, which says whom to trust`,
      );
    await expect(listen({ ...server, ca: ca.cert })).rejects.toThrow(
      'Cannot use ca without clientCertificate: wanted "request" or "require"',
    );
  });

  test('versions, keys with a passphrase, and misspelt options are errors that say what was wanted', async () => {
    const { privateKey } = generateKeyPairSync('ec', {
      namedCurve: 'P-256',
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' },
    });
    const dial = (tls: object) => () => connect('localhost:1', { tls });

    await expect(listen({ ...server, minVersion: 'TLSv1.1' })).rejects.toThrow(
      'Cannot use minVersion "TLSv1.1": wanted "TLSv1.2" or "TLSv1.3"',
    );
    expect(dial({ minVersion: '1.3' })).toThrow('Cannot use minVersion "1.3": wanted "TLSv1.2" or "TLSv1.3"');
    await expect(listen({ cert: server.cert, key: privateKey })).rejects.toThrow(
      'Cannot use the private key: it is encrypted, wanted one without a passphrase',
    );
    await expect(listen({ ...server, minversion: 'TLSv1.3' })).rejects.toThrow('did you mean "minVersion"?');
    expect(dial({ reloads: true })).toThrow('did you mean "reload"?');
  });

  test('a server with a certificate that is out of date starts, and says so', async () => {
    const lines: string[] = [];
    await using serving = createServer({ logger: { ...silentLogger, warn: (line) => lines.push(line) } });

    await serving.listen('127.0.0.1:0', { tls: await ca.issue({ name: 'localhost', ...past }) });

    expect(lines).toEqual([
      expect.stringMatching(/^the certificate of the server expired on .*: clients will refuse it$/),
    ]);
  });
});
