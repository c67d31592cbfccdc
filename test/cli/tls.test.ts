import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { flowrpc } from './flowrpc.ts';
import { libraryProto, serveLibrary } from './library.ts';

const pem = (name: string): string => fileURLToPath(new URL(`tls/${name}.pem`, import.meta.url));
const [cert, key, other] = [pem('library-cert'), pem('library-key'), pem('other-cert')];

test('call reaches a TLS server that proves its name, and tells why it does not reach others', async () => {
  const { host, server } = await serveLibrary({ tls: { certFile: cert, keyFile: key } });
  const call = ['call', host, 'library.Library/Get', '--proto', libraryProto, '--json', '--timeout', '30s'];

  const [right, wrongName, wrongCa, plain] = await Promise.all([
    flowrpc([...call, '--ca', cert, '--server-name', 'library.test']),
    flowrpc([...call, '--ca', cert]),
    flowrpc([...call, '--ca', other, '--server-name', 'library.test']),
    flowrpc(call),
  ]);
  await server.close({ graceMs: 0 });

  expect(right).toMatchObject({ code: 0, stderr: '' });
  for (const { code, stdout, stderr } of [wrongName, wrongCa, plain]) {
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(JSON.parse(stderr)).toMatchObject({ code: 'UNAVAILABLE' });
  }
});

test('call names the TLS file that is not there or is none', async () => {
  const call = ['call', '127.0.0.1:1', 'library.Library/Get', '--proto', libraryProto];

  const [missing, wrong] = await Promise.all([
    flowrpc([...call, '--ca', '/nowhere/ca.pem']),
    flowrpc([...call, '--cert', cert, '--key', cert]),
  ]);

  expect(missing.stderr).toMatch(/^error: .*\/nowhere\/ca\.pem.*\n$/);
  expect(wrong.stderr).toMatch(/^error: .*\n$/);
  expect([missing.code, wrong.code]).toEqual([1, 1]);
});
