import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createFileRegistry, type DescField, fromBinary, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeFileSet, encodeFileSet, loadFiles, loadServices } from '../../src/wire/index.ts';

const protos = fileURLToPath(new URL('protos', import.meta.url));
const standard = fileURLToPath(new URL('../../proto', import.meta.url));

function registryOf(files: Awaited<ReturnType<typeof loadFiles>>) {
  return createFileRegistry(fromBinary(FileDescriptorSetSchema, encodeFileSet(files)));
}

test('loadFiles() names files as they are imported, dependencies first', async () => {
  const files = await loadFiles('shop/kitchen_sink.proto', { includeDirs: [protos] });

  const names = files.map(({ name }) => name);
  expect(names).toContain('shop/common/money.proto');
  expect(names).toContain('google/protobuf/descriptor.proto');
  expect(names.at(-1)).toBe('shop/kitchen_sink.proto');
  for (const [i, { dependencies }] of files.entries()) {
    for (const dependency of dependencies) expect(names.indexOf(dependency)).toBeLessThan(i);
  }
});

test.each([
  ['helloworld.proto', protos],
  ['shop/kitchen_sink.proto', protos],
  ['legacy.proto', protos],
  ['modern.proto', protos],
  ['google/rpc/error_details.proto', standard],
  ['google/rpc/status.proto', standard],
  ['google/protobuf/api.proto', standard],
  ['grpc/health/v1/health.proto', standard],
  ['grpc/reflection/v1/reflection.proto', standard],
  ['grpc/reflection/v1alpha/reflection.proto', standard],
])('loadFiles() makes descriptors of %s that a strict registry takes', async (name, dir) => {
  const files = await loadFiles(name, { includeDirs: [dir] });

  const registry = registryOf(files);

  expect(registry.getFile(name)?.name).toBe(name.replace('.proto', ''));
  for (const file of files) {
    const read = fromBinary(FileDescriptorProtoSchema, file.bytes);
    // What another implementation reads is all there is: it writes as many bytes, none of them unknown to it.
    expect(toBinary(FileDescriptorProtoSchema, read)).toHaveLength(file.bytes.length);
    expect(read.$unknown).toBeUndefined();
  }
});

test('loadFiles() keeps what descriptors must say of proto3 fields', async () => {
  const registry = registryOf(await loadFiles('shop/kitchen_sink.proto', { includeDirs: [protos] }));

  const { fields, oneofs, nestedMessages, proto } = registry.getMessage('shop.KitchenSink')!;
  const field = (name: string) => fields.find((candidate) => candidate.name === name)!;

  expect(oneofs.map(({ name }) => name)).toEqual(['payload']);
  expect(proto.oneofDecl.map(({ name }) => name)).toEqual(['payload', '_maybe_int32', '_maybe_string', '_maybe_unit']);
  expect(field('maybe_int32').proto.proto3Optional).toBe(true);
  expect(field('prices').fieldKind).toBe('map');
  expect(field('custom_json').jsonName).toBe('cust');
  expect(field('old').deprecated).toBe(true);
  expect(field('many_int32').proto.typeName).toBe('');
  expect(field('price').proto.typeName).toBe('.shop.common.Money');
  expect(nestedMessages.map(({ typeName }) => typeName)).toEqual(['shop.KitchenSink.Inner']);
  expect(proto.reservedRange.map(({ start, end }) => [start, end])).toEqual([
    [100, 111],
    [200, 201],
  ]);
});

test('loadFiles() keeps idempotency and custom options such as google.api.http', async () => {
  const { getOption } = await import('@bufbuild/protobuf');
  const registry = registryOf(
    await loadFiles(['shop/kitchen_sink.proto', 'helloworld.proto'], { includeDirs: [protos] }),
  );
  const http = registry.getExtension('google.api.http')!;

  const cook = registry.getService('shop.Kitchen')!.method.cook!;
  const hello = registry.getService('helloworld.Greeter')!.method.sayHello!;

  expect(getOption(cook, http)).toMatchObject({
    pattern: { case: 'post', value: '/v1/{a_string=shelves/*}:cook' },
    body: '*',
    additionalBindings: [{ pattern: { case: 'get', value: '/v1/cook' } }],
  });
  expect(hello.idempotency).toBe(1);
});

test('loadFiles() reads proto2: defaults, groups, extensions, aliases', async () => {
  const registry = registryOf(await loadFiles('legacy.proto', { includeDirs: [protos] }));

  const old = registry.getMessage('legacy.Old')!;
  const field = (name: string) =>
    old.fields.find((candidate) => candidate.name === name)! as DescField & { getDefaultValue(): unknown };

  expect(field('count').getDefaultValue()).toBe(41);
  expect(field('raw').getDefaultValue()).toEqual(new Uint8Array([1, 97, 34, 255]));
  expect(field('big').getDefaultValue()).toBe(Number.POSITIVE_INFINITY);
  expect(field('level').getDefaultValue()).toBe(2);
  expect(field('part').proto.type).toBe(10);
  expect(registry.getExtension('legacy.extra')?.extendee.typeName).toBe('legacy.Old');
});

test('encodeFileSet() and decodeFileSet() are inverse', async () => {
  const files = await loadFiles('helloworld.proto', { includeDirs: [protos] });

  const back = decodeFileSet(encodeFileSet(files));

  expect(back.map(({ name }) => name)).toEqual(files.map(({ name }) => name));
  expect(Buffer.from(back[0]!.bytes)).toEqual(Buffer.from(files[0]!.bytes));
});

describe('a bad file', () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'protos-'));
  });
  afterAll(() => rm(dir, { recursive: true }));

  const head = 'syntax = "proto3";\npackage p;\n';
  test.each([
    ['no semicolon', `${head}message A {\n  string name = 1\n}`, /line 5: wanted ";" after field "name", got "}"/],
    [
      'unknown type',
      `${head}message A {\n  Strng name = 1;\n}\nmessage String {}`,
      /line 4: type "Strng" is not declared.*did you mean "String"/,
    ],
    [
      'missing import',
      `${head}import "nowhere/x.proto";`,
      /line 3: import "nowhere\/x.proto" was not found \(looked in/,
    ],
    [
      'number twice',
      `${head}message A {\n  string a = 1;\n  string b = 1;\n}`,
      /line 5: field "b" of message "A" has number 1, which "a" has/,
    ],
    ['reserved number', `${head}message A {\n  reserved 5;\n  string a = 5;\n}`, /line 5: .* is reserved/],
    ['bad number', `${head}message A {\n  string a = 19000;\n}`, /line 4: field "a" has number 19000/],
    ['enum without zero', `${head}enum E {\n  A = 1;\n}`, /line 4: the first value of enum "E" is 1, wanted 0/],
    ['not a proto file', '{"json": true}', /line 1: wanted a message, enum, service, import or option, got "{"/],
    ['stray text', `${head}message A {}\n§`, /line 4: cannot make sense of|line 4: wanted a message/],
    ['unfinished', `${head}message A {\n`, /line 4: .*the end of the file/],
    ['bad syntax', 'syntax = "proto4";', /line 1: syntax is "proto4", wanted "proto3" or "proto2"/],
    [
      'required in proto3',
      `${head}message A {\n  required string a = 1;\n}`,
      /line 4: only proto2 has required fields/,
    ],
    [
      'label in oneof',
      `${head}message A {\n  oneof x {\n    repeated string a = 1;\n  }\n}`,
      /line 5: a field in a oneof cannot be repeated/,
    ],
    [
      'map key',
      `${head}message A {\n  map<double, string> a = 1;\n}`,
      /line 4: a map cannot have keys of type "double"/,
    ],
    [
      'enum as request',
      `${head}enum E { Z = 0; }\nservice S {\n  rpc Do(E) returns (E);\n}`,
      /line 5: "E" is an enum, wanted a message/,
    ],
    ['name twice', `${head}message A {}\nmessage A {}`, /"p.A" is declared twice/],
    ['import itself', `${head}import "bad.proto";`, /line 3: import cycle/],
    ['deep nesting', `${head}${'message A {'.repeat(200)}`, /nested deeper than 100/],
    [
      'hidden import',
      `${head}import "google/rpc/status.proto";\nmessage A {\n  google.protobuf.Any a = 1;\n}`,
      /line 5: type "google.protobuf.Any" is in "google\/protobuf\/any.proto", which this file does not import/,
    ],
  ])('is an error with its line: %s', async (_, text, wanted) => {
    await writeFile(join(dir, 'bad.proto'), text);

    const loading = loadServices(join(dir, 'bad.proto'));

    await expect(loading).rejects.toThrow(wanted);
    await expect(loading).rejects.toThrow(/bad\.proto/);
  });

  test('a path that does not exist says where it was looked for', async () => {
    await expect(loadServices('missing.proto', { includeDirs: [dir] })).rejects.toThrow(
      new RegExp(`Cannot load "missing.proto": no such file \\(looked in .*${dir}`),
    );
  });

  test('an unknown option is refused with a suggestion', async () => {
    await expect(loadServices('x.proto', { includeDir: [dir] } as object)).rejects.toThrow(
      /"includeDir" of loadServices.*did you mean "includeDirs"\?/,
    );
  });
});

test('loadServices() finds services by full name with kinds and idempotency', async () => {
  const { 'helloworld.Greeter': greeter } = await loadServices(join(protos, 'helloworld.proto'));

  expect(greeter?.files[0]?.name).toBe('helloworld.proto');
  expect(
    Object.values(greeter!.methods).map(({ localName, path, kind, idempotency }) => [
      localName,
      path,
      kind,
      idempotency,
    ]),
  ).toEqual([
    ['sayHello', '/helloworld.Greeter/SayHello', 'unary', 'no-side-effects'],
    ['sayHelloOften', '/helloworld.Greeter/SayHelloOften', 'serverStream', 'unknown'],
    ['collect', '/helloworld.Greeter/Collect', 'clientStream', 'unknown'],
    ['chat', '/helloworld.Greeter/Chat', 'bidi', 'unknown'],
  ]);
});
