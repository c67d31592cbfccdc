import { fileURLToPath } from 'node:url';
import * as grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { loadServices } from 'flowrpc';
import { health, reflection } from 'flowrpc/services';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { protoFile } from '../../src/wire/index.ts';
import { type Fixture, serve } from './fixture.ts';

// A bare grpc-js client, with the services as protoc's own tools read them: nothing of ours on its side.
const proto = fileURLToPath(new URL('../../proto', import.meta.url));
const protos = 'test/services/protos';
const files = ['health/v1/health.proto', 'reflection/v1/reflection.proto', 'reflection/v1alpha/reflection.proto'];
const types = loadSync(
  files.map((file) => `${proto}/grpc/${file}`),
  { includeDirs: [proto], enums: String, keepCase: true, oneofs: true, defaults: true },
);
const state = health();
let at: Fixture;

function client(name: string): grpc.Client {
  const Client = grpc.makeGenericClientConstructor(types[name] as grpc.ServiceDefinition, name);
  return new Client(at.address, grpc.credentials.createInsecure());
}

type Unary = (request: object, done: (error: grpc.ServiceError | null, reply: unknown) => void) => void;

function call(target: grpc.Client, method: string, request: object): Promise<unknown> {
  const unary = (target as unknown as Record<string, Unary>)[method]!;
  return new Promise((resolve, reject) => {
    unary.call(target, request, (error, reply) => (error === null ? resolve(reply) : reject(error)));
  });
}

beforeAll(async () => {
  const zoo = await loadServices(`${protos}/zoo/zoo.proto`, { includeDirs: [protos] });
  at = await serve('socket', state, reflection());
  at.server.add(zoo['zoo.Zoo']!, {});
});
afterAll(() => at[Symbol.asyncDispose]());

test('grpc-js checks, lists and watches health', async () => {
  const target = client('grpc.health.v1.Health');
  const check = await call(target, 'Check', { service: 'zoo.Zoo' });
  const unknown = await call(target, 'Check', { service: 'no' }).catch((error: grpc.ServiceError) => error);
  const list = (await call(target, 'List', {})) as { statuses: object };
  const watch = (target as unknown as Record<string, (request: object) => grpc.ClientReadableStream<unknown>>).Watch!({
    service: '',
  });
  const seen: unknown[] = [];
  watch.on('data', (message) => seen.push(message.status)).on('error', () => {});

  await vi.waitFor(() => expect(seen).toEqual(['SERVING']));
  state.set('', 'NOT_SERVING');
  await vi.waitFor(() => expect(seen).toEqual(['SERVING', 'NOT_SERVING']));
  watch.cancel();

  expect(check).toEqual({ status: 'SERVING' });
  expect(unknown).toMatchObject({ code: grpc.status.NOT_FOUND, details: 'Service "no" is unknown' });
  expect(Object.keys(list.statuses)).toContain('zoo.Zoo');
  await vi.waitFor(() => expect(state.watching).toBe(0));
  target.close();
});

test.each(['v1', 'v1alpha'])('grpc-js asks reflection %s', async (version) => {
  const target = client(`grpc.reflection.${version}.ServerReflection`);
  const stream = (target as unknown as Record<string, () => grpc.ClientDuplexStream<object, Record<string, unknown>>>)
    .ServerReflectionInfo!();
  const answers: Record<string, unknown>[] = [];
  const over = new Promise((resolve) => {
    stream.on('data', (answer) => answers.push(answer)).on('end', resolve);
  });

  stream.write({ list_services: '' });
  stream.write({ file_containing_symbol: 'zoo.Zoo' });
  stream.write({ file_containing_symbol: '__proto__' });
  stream.end();
  await over;

  expect(answers[0]!.list_services_response).toEqual({
    service: [
      { name: 'grpc.health.v1.Health' },
      { name: 'grpc.reflection.v1.ServerReflection' },
      { name: 'grpc.reflection.v1alpha.ServerReflection' },
      { name: 'zoo.Zoo' },
    ],
  });
  const sent = (answers[1]!.file_descriptor_response as { file_descriptor_proto: Uint8Array[] }).file_descriptor_proto;
  expect(sent.map((bytes) => protoFile(bytes).name)).toEqual([
    'zoo/zoo.proto',
    'zoo/animal.proto',
    'google/protobuf/timestamp.proto',
  ]);
  expect(answers[2]!.error_response).toEqual({ error_code: 5, error_message: 'Cannot find symbol "__proto__"' });
  target.close();
});
