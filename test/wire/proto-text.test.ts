import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { descriptorIndex, loadFiles, protoText } from '../../src/wire/index.ts';

const includeDirs = [fileURLToPath(new URL('protos', import.meta.url))];
const index = descriptorIndex(
  await loadFiles(['shop/kitchen_sink.proto', 'helloworld.proto', 'legacy.proto'], { includeDirs }),
);

test('protoText() prints a service and one of its methods', () => {
  expect(protoText(index, 'helloworld.Greeter')).toBe(
    [
      'service Greeter {',
      '  rpc SayHello(helloworld.HelloRequest) returns (helloworld.HelloReply) { option idempotency_level = NO_SIDE_EFFECTS; }',
      '  rpc SayHelloOften(helloworld.HelloRequest) returns (stream helloworld.HelloReply);',
      '  rpc Collect(stream helloworld.HelloRequest) returns (helloworld.HelloReply);',
      '  rpc Chat(stream helloworld.HelloRequest) returns (stream helloworld.HelloReply);',
      '}',
      '',
    ].join('\n'),
  );
  expect(protoText(index, 'helloworld.Greeter/Chat')).toBe(
    'rpc Chat(stream helloworld.HelloRequest) returns (stream helloworld.HelloReply);\n',
  );
  expect(protoText(index, 'helloworld.Greeter.Chat')).toBe(protoText(index, 'helloworld.Greeter/Chat'));
});

test('protoText() prints messages with maps, oneofs, optionals and nested types', () => {
  const text = protoText(index, 'shop.KitchenSink');

  for (const line of [
    '  map<string, shop.common.Money> prices = 30;',
    '  repeated sint64 many_sint64 = 21 [packed = false];',
    '  optional int32 maybe_int32 = 40;',
    '  oneof payload {\n    string text = 50;\n    shop.common.Money money = 51;',
    '  string custom_json = 71 [json_name = "cust"];',
    '  int32 old = 72 [deprecated = true];',
    '  message Inner {\n    shop.KitchenSink.Inner.Mood mood = 1;',
    '    enum Mood {\n      CALM = 0;\n      WILD = 5;\n      FIERCE = -1;\n    }',
  ]) {
    expect(text).toContain(line);
  }
  expect(protoText(index, 'shop.common.Unit')).toBe(
    'enum Unit {\n  UNIT_UNSPECIFIED = 0;\n  PIECE = 1;\n  GRAM = 2;\n}\n',
  );
  expect(protoText(index, 'shop.Nothing')).toBeUndefined();
});

test('a printed message reads back as the same type', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'text-'));
  try {
    await writeFile(
      join(dir, 'a.proto'),
      `syntax = "proto3";\npackage shop.common;\n${protoText(index, 'shop.common.Money')}${protoText(index, 'shop.common.Unit')}`,
    );

    const again = descriptorIndex(await loadFiles(join(dir, 'a.proto')));

    for (const name of ['shop.common.Money', 'shop.common.Unit'])
      expect(protoText(again, name)).toBe(protoText(index, name));
  } finally {
    await rm(dir, { recursive: true });
  }
});

test('descriptorIndex() finds symbols of every kind, extensions and what a file needs', () => {
  expect(index.symbols.get('shop.Kitchen.Cook')).toBe('shop/kitchen_sink.proto');
  expect(index.symbols.get('shop.common.GRAM')).toBe('shop/common/money.proto');
  expect(index.symbols.get('legacy.extra')).toBe('legacy.proto');
  expect(index.extensions.get('google.protobuf.MethodOptions')).toMatchObject([
    { number: 72295728, name: 'google.api.http', file: 'google/api/annotations.proto' },
  ]);
  expect(index.closure('shop/common/all.proto').map(({ name }) => name)).toEqual([
    'shop/common/all.proto',
    'shop/common/money.proto',
  ]);
});

test('descriptorIndex() names both files that declare one name', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'twice-'));
  try {
    for (const name of ['a', 'b'])
      await writeFile(join(dir, `${name}.proto`), 'syntax = "proto3";\npackage p;\nmessage Same {}\n');
    const files = await loadFiles([join(dir, 'a.proto'), join(dir, 'b.proto')]);

    expect(() => descriptorIndex(files)).toThrow('Cannot link "b.proto": "p.Same" is declared also in "a.proto"');
  } finally {
    await rm(dir, { recursive: true });
  }
});
