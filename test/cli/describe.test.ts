import type { Server } from 'flowrpc';
import { health, reflection } from 'flowrpc/services';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { flowrpc } from './flowrpc.ts';
import { libraryProto, serveLibrary } from './library.ts';

let host: string;
let server: Server;
let bare: Awaited<ReturnType<typeof serveLibrary>>;

beforeAll(async () => {
  ({ host, server } = await serveLibrary({ modules: [health(), ...reflection()] }));
  bare = await serveLibrary();
});

afterAll(() => Promise.all([server, bare.server].map((one) => one.close({ graceMs: 0 }))));

test.concurrent('list prints the services, one a line', async () => {
  const { code, stdout, stderr } = await flowrpc(['list', host]);

  expect(stdout.trimEnd().split('\n')).toEqual([
    'grpc.health.v1.Health',
    'grpc.reflection.v1.ServerReflection',
    'grpc.reflection.v1alpha.ServerReflection',
    'library.Library',
  ]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});

test.concurrent('list prints the methods of a service as a table', async () => {
  const { code, stdout } = await flowrpc(['list', host, 'library.Library']);

  expect(stdout.split('\n').slice(0, 3)).toEqual([
    'METHOD                  KIND          REQUEST          RESPONSE',
    'library.Library/Get     unary         library.Request  library.Book',
    'library.Library/Count   serverStream  library.Request  library.Number',
  ]);
  expect(code).toBe(0);
});

test.concurrent('list --json prints one line for machines', async () => {
  const [services, methods] = await Promise.all([
    flowrpc(['list', host, '--json']),
    flowrpc(['list', host, 'library.Library', '--json']),
  ]);

  expect(JSON.parse(services.stdout)).toContain('library.Library');
  expect(JSON.parse(methods.stdout)).toContainEqual({
    method: 'library.Library/Sum',
    kind: 'clientStream',
    request: 'library.Number',
    response: 'library.Number',
  });
});

test.concurrent('list and describe read proto files without asking the server', async () => {
  const [services, message] = await Promise.all([
    flowrpc(['list', '127.0.0.1:1', '--proto', libraryProto]),
    flowrpc(['describe', '127.0.0.1:1', 'library.Number', '--proto', libraryProto]),
  ]);

  expect(services).toEqual({ code: 0, stdout: 'library.Library\n', stderr: '' });
  expect(message.stdout).toBe('message Number {\n  int32 n = 1;\n}\n');
});

test.concurrent('describe prints a service, a method and a message as proto text', async () => {
  const [service, method, message] = await Promise.all(
    ['library.Library', 'library.Library/Sum', 'library.Number'].map((symbol) => flowrpc(['describe', host, symbol])),
  );

  expect(service!.stdout).toContain('  rpc Double(stream library.Number) returns (stream library.Number);\n');
  expect(method!.stdout).toBe('rpc Sum(stream library.Number) returns (library.Number);\n');
  expect(message!.stdout).toBe('message Number {\n  int32 n = 1;\n}\n');
});

test.concurrent('describe of what the server does not know fails, with a suggestion', async () => {
  const { code, stdout, stderr } = await flowrpc(['describe', host, 'library.Librari']);

  expect(stderr).toMatch(/^error: NOT_FOUND: .*"library\.Librari".*did you mean "library\.Library"\?\n$/);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
});

test.concurrent('call needs no proto files where there is reflection', async () => {
  const { code, stdout } = await flowrpc(['call', host, 'library.Library/Double', '-d', '{"n":3}']);

  expect({ code, stdout }).toEqual({ code: 0, stdout: '{"n":6}\n' });
});

test.concurrent('list tells of a server without reflection', async () => {
  const { code, stdout, stderr } = await flowrpc(['list', bare.host]);

  expect(stderr).toMatch(/^error: UNIMPLEMENTED: .*has no reflection.*\n$/);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
});
