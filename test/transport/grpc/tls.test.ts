import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import {
  Code,
  type ConnectOptions,
  connect,
  createServer,
  type ListenOptions,
  type Peer,
  type Status,
  silentLogger,
} from 'flowrpc';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { echo, ProbeService } from '../../suites/probe-service.ts';
import { type Authority, authority, type Certificate } from './certificates.ts';

const localhost = [
  { type: 'dns' as const, value: 'localhost' },
  { type: 'ip' as const, value: '127.0.0.1' },
];
let ca: Authority;
let otherCa: Authority;
let server: Certificate;
let client: Certificate;
let folder: string;
beforeAll(async () => {
  ca = await authority();
  otherCa = await authority('Other CA');
  server = await ca.issue({ name: 'localhost', alternatives: localhost });
  client = await ca.issue({
    name: 'billing',
    alternatives: [
      { type: 'dns', value: 'billing.internal' },
      { type: 'url', value: 'spiffe://x/billing' },
    ],
  });
  folder = mkdtempSync(join(tmpdir(), 'flowrpc-tls-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Calls a server of these credentials; gives the status and the peer its handler saw. */
async function tryCall(
  serverTls: ListenOptions['tls'],
  clientTls: ConnectOptions['tls'],
): Promise<{ status: Status; peer: Peer | undefined }> {
  let peer: Peer | undefined;
  await using serving = createServer({ logger: silentLogger }).add(ProbeService, {
    ...echo,
    unary: ({ text, n }, context) => {
      peer = context.peer;
      return { text, n };
    },
  });
  const { port } = await serving.listen('127.0.0.1:0', { tls: serverTls });
  await using channel = connect(`127.0.0.1:${port}`, { tls: clientTls });
  const status = await channel.client(ProbeService).unary({ text: 'a', n: 1 }, { timeoutMs: 5_000 }).status;
  await serving.close({ graceMs: 0 });
  return { status, peer };
}

test('TLS carries calls, from text and from files', async () => {
  const files = {
    caFile: join(folder, 'ca.pem'),
    certFile: join(folder, 'cert.pem'),
    keyFile: join(folder, 'key.pem'),
  };
  writeFileSync(files.caFile, ca.cert);
  writeFileSync(files.certFile, server.cert);
  writeFileSync(files.keyFile, server.key);

  const text = await tryCall(server, { ca: ca.cert });
  const file = await tryCall({ certFile: files.certFile, keyFile: files.keyFile }, { caFile: files.caFile });

  expect(text.status.code).toBe(Code.OK);
  expect(file.status.code).toBe(Code.OK);
  expect(text.peer?.identity).toBeUndefined();
});

test('mutual TLS shows the handler who called', async () => {
  const { status, peer } = await tryCall(
    { ...server, ca: ca.cert, clientCertificate: 'require' },
    { ca: ca.cert, ...client },
  );

  expect(status.code).toBe(Code.OK);
  expect(peer?.identity).toMatchObject({
    subject: 'billing',
    names: ['DNS:billing.internal', 'URI:spiffe://x/billing'],
  });
  expect(peer?.identity?.fingerprint).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
});

test('"request" takes callers without a certificate, and believes no certificate it cannot verify', async () => {
  const stranger = await otherCa.issue({ name: 'admin' });

  const none = await tryCall({ ...server, ca: ca.cert, clientCertificate: 'request' }, { ca: ca.cert });
  const strange = await tryCall({ ...server, ca: ca.cert, clientCertificate: 'request' }, { ca: ca.cert, ...stranger });

  expect(none).toMatchObject({ status: { code: Code.OK }, peer: { address: expect.stringContaining('127.0.0.1:') } });
  expect(strange.status.code).toBe(Code.OK);
  expect(strange.peer?.identity).toBeUndefined();
});

test('T-01 a server of another name, another authority, or another time is not called', async () => {
  const misnamed = await ca.issue({ name: 'elsewhere', alternatives: [{ type: 'dns', value: 'elsewhere' }] });
  const expired = await ca.issue({ name: 'localhost', alternatives: localhost, from: -2_000_000, until: -1_000_000 });
  const early = await ca.issue({ name: 'localhost', alternatives: localhost, from: 1_000_000 });

  const outcomes = await Promise.all([
    tryCall(misnamed, { ca: ca.cert }),
    tryCall(server, { ca: otherCa.cert }),
    tryCall(server, true),
    tryCall(expired, { ca: ca.cert }),
    tryCall(early, { ca: ca.cert }),
  ]);

  for (const { status, peer } of outcomes) {
    expect(status).toMatchObject({ code: Code.UNAVAILABLE, origin: 'local' });
    expect(peer).toBeUndefined();
  }
  expect(outcomes[0]!.status.message).toMatch(/altnames|IP: 127/i);
  expect(outcomes[3]!.status.message).toMatch(/expired/i);
});

test('T-01 a client without a certificate, or with a wrong one, reaches no handler', async () => {
  const stranger = await otherCa.issue({ name: 'admin' });
  const expired = await ca.issue({ name: 'billing', from: -2_000_000, until: -1_000_000 });
  const strict = { ...server, ca: ca.cert, clientCertificate: 'require' as const };

  const outcomes = await Promise.all([
    tryCall(strict, { ca: ca.cert }),
    tryCall(strict, { ca: ca.cert, ...stranger }),
    tryCall(strict, { ca: ca.cert, ...expired }),
  ]);

  for (const { status, peer } of outcomes) {
    expect(status.code).toBe(Code.UNAVAILABLE);
    expect(peer).toBeUndefined();
  }
});

test('T-07 plaintext to a TLS port, and TLS to a plaintext port, fail', async () => {
  const plain = await tryCall(server, false);
  const tls = await tryCall(undefined, { ca: ca.cert });

  expect(plain.status.code).toBe(Code.UNAVAILABLE);
  expect(tls.status.code).toBe(Code.UNAVAILABLE);
});

test('T-07 TLS 1.1 is refused', async () => {
  const old = createTlsServer({
    ...server,
    minVersion: 'TLSv1',
    maxVersion: 'TLSv1.1',
    ciphers: 'DEFAULT@SECLEVEL=0',
    ALPNProtocols: ['h2'],
  });
  old.on('tlsClientError', () => {});
  old.listen(0, '127.0.0.1');
  await once(old, 'listening');
  await using channel = connect(`127.0.0.1:${(old.address() as AddressInfo).port}`, { tls: { ca: ca.cert } });

  const status = await channel.client(ProbeService).unary({ text: 'a', n: 1 }, { timeoutMs: 5_000 }).status;
  old.close();

  expect(status.code).toBe(Code.UNAVAILABLE);
});

test('serverName and rejectUnauthorized do what they say', async () => {
  const misnamed = await ca.issue({ name: 'elsewhere', alternatives: [{ type: 'dns', value: 'elsewhere' }] });

  const named = await tryCall(misnamed, { ca: ca.cert, serverName: 'elsewhere' });
  const unverified = await tryCall(misnamed, { rejectUnauthorized: false });

  expect(named.status.code).toBe(Code.OK);
  expect(unverified.status.code).toBe(Code.OK);
});

test('a channel that verifies shares no connection with one that does not', async () => {
  await using serving = createServer({ logger: silentLogger }).add(ProbeService, echo);
  const { port } = await serving.listen('127.0.0.1:0', { tls: server });
  await using trusting = connect(`127.0.0.1:${port}`, { tls: { rejectUnauthorized: false } });
  await using strict = connect(`127.0.0.1:${port}`, { tls: true });

  const taken = await trusting.client(ProbeService).unary({ text: '', n: 1 }).status;
  const refused = await strict.client(ProbeService).unary({ text: '', n: 1 }).status;

  expect(taken.code).toBe(Code.OK);
  expect(refused.code).toBe(Code.UNAVAILABLE);
});

test('wrong TLS material is an error that names it, before anything is opened', async () => {
  const otherKey = (await ca.issue({ name: 'x' })).key;
  const junk = join(folder, 'junk.pem');
  writeFileSync(junk, 'not a certificate');
  const listen = (tls: object): Promise<unknown> =>
    createServer({ logger: silentLogger }).listen('127.0.0.1:0', { tls: tls as ListenOptions['tls'] });

  await expect(listen({ certFile: join(folder, 'none.pem'), key: server.key })).rejects.toThrow(
    /certificate file ".*none\.pem": there is no such file/,
  );
  await expect(listen({ certFile: folder, key: server.key })).rejects.toThrow('it is a directory');
  await expect(listen({ certFile: junk, key: server.key })).rejects.toThrow(
    /certificate file ".*junk\.pem": it holds no PEM certificate/,
  );
  await expect(listen({ cert: server.cert, key: otherKey })).rejects.toThrow('do not belong together');
  await expect(listen({ cert: server.cert })).rejects.toThrow('the private key is missing');
  await expect(listen({})).rejects.toThrow('wanted cert and key');
  await expect(listen({ ...server, clientCertificate: 'require' })).rejects.toThrow('wanted ca or caFile');
  await expect(listen({ ...server, clientCertificate: 'always' })).rejects.toThrow(
    'wanted "none", "request" or "require"',
  );
  await expect(listen({ ...server, certfile: 'x' })).rejects.toThrow('did you mean "certFile"?');
  expect(() => connect('localhost:1', { tls: { caFile: join(folder, 'none.pem') } })).toThrow(
    /CA certificate file ".*none\.pem": there is no such file/,
  );
  expect(() => connect('localhost:1', { tls: { ca: server.key } })).toThrow('it holds no PEM certificate');
  expect(() => connect('localhost:1', { tls: { ...client, key: otherKey } })).toThrow('do not belong together');
});
