import { once } from 'node:events';
import { connect as connectTls } from 'node:tls';
import { createServer, silentLogger } from 'flowrpc';
import { expect, test } from 'vitest';
import { echo, ProbeService } from '../../suites/probe-service.ts';
import { authority } from './certificates.ts';

test.each([
  ['TLSv1.1', false],
  ['TLSv1.2', true],
  ['TLSv1.3', true],
] as const)('a server and a client that speaks %s: secure is %s #136', async (version, accepted) => {
  const ca = await authority();
  const certificate = await ca.issue({ name: 'localhost', alternatives: [{ type: 'ip', value: '127.0.0.1' }] });
  await using server = createServer({ logger: silentLogger }).add(ProbeService, echo);
  const { port } = await server.listen('127.0.0.1:0', { tls: certificate });
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
    () => socket.getProtocol(),
    () => undefined,
  );
  socket.destroy();

  expect(secure).toBe(accepted ? version : undefined);
});
