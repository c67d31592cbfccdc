import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { type GenerateOptions, generate, loadServices } from '../../src/wire/index.ts';
import { Greeter, HelloRequest } from './gen/helloworld.ts';
import { Kitchen, KitchenSink, KitchenSink_Inner_Mood } from './gen/shop/kitchen_sink.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const protos = here('protos');

/** Generated modules that are kept in the repository, with the options that made them. */
const kept: [string, string, Partial<GenerateOptions>][] = [
  [
    'src/wire/gen',
    here('../../src/wire/gen'),
    {
      files: [
        'flowrpc/v1/control',
        'flowrpc/v1/dialogue',
        'flowrpc/v1/edge',
        'flowrpc/v1/options',
        'google/rpc/status',
        'google/rpc/error_details',
        'google/protobuf/empty',
        'google/protobuf/struct',
        'google/protobuf/timestamp',
        'google/protobuf/wrappers',
        'google/protobuf/field_mask',
        'grpc/health/v1/health',
        'grpc/reflection/v1/reflection',
        'grpc/reflection/v1alpha/reflection',
      ].map((name) => `${name}.proto`),
      includeDirs: [here('../../proto')],
      runtime: '../runtime.ts',
    },
  ],
  [
    'test/wire/gen',
    here('gen'),
    { files: ['helloworld.proto', 'shop/kitchen_sink.proto', 'legacy.proto', 'modern.proto'], includeDirs: [protos] },
  ],
];

test.each(kept)('generate() makes %s as it stands in the repository', async (_, dir, options) => {
  const outDir = await mkdtemp(join(tmpdir(), 'generated-'));
  try {
    const written = await generate({ files: [], ...options, outDir, importExtension: '.ts' });

    expect(written.length).toBeGreaterThan(3);
    for (const path of written) {
      expect(await readFile(path, 'utf8')).toBe(await readFile(join(dir, relative(outDir, path)), 'utf8'));
    }
  } finally {
    await rm(outDir, { recursive: true });
  }
});

test('a generated service is the one that loadServices() gives', async () => {
  const { 'helloworld.Greeter': loaded } = await loadServices('helloworld.proto', { includeDirs: [protos] });

  expect(Greeter.name).toBe(loaded!.name);
  expect(Greeter.files.map(({ name }) => name)).toEqual(loaded!.files.map(({ name }) => name));
  expect(Buffer.from(Greeter.files[0]!.bytes)).toEqual(Buffer.from(loaded!.files[0]!.bytes));
  for (const method of Object.values(loaded!.methods)) {
    expect(Greeter.methods[method.localName as 'sayHello']).toMatchObject({
      path: method.path,
      kind: method.kind,
      idempotency: method.idempotency,
    });
  }
});

test('generated codecs read and write messages across modules', () => {
  const bytes = KitchenSink.encode({
    aString: 'x',
    anInt64: 5,
    price: { units: 3n },
    payload: { case: 'inner', value: { mood: KitchenSink_Inner_Mood.WILD } },
    at: { seconds: 7 },
  });

  expect(KitchenSink.decode(bytes)).toMatchObject({
    aString: 'x',
    anInt64: 5n,
    price: { currency: '', units: 3n },
    payload: { case: 'inner', value: { mood: 'WILD' } },
    at: { seconds: 7n, nanos: 0 },
  });
  expect(Kitchen.methods.cook.request.decode(bytes).price?.units).toBe(3n);
  expect(HelloRequest.decode(HelloRequest.encode({}))).toEqual({ name: '' });
});

test('a module carries comments, unions for oneofs and no any', async () => {
  const text = await readFile(here('gen/shop/kitchen_sink.ts'), 'utf8');
  const hello = await readFile(here('gen/helloworld.ts'), 'utf8');

  expect(hello).toContain(
    '/** Who wants a greeting. */\nexport interface HelloRequest {\n  /** Any name. */\n  name: string;\n}',
  );
  expect(hello).toContain("  /** Says hello once. */\n  sayHello: Method<HelloRequest, HelloReply, 'unary'>;");
  expect(text).toContain("    | { case: 'money'; value: Money }");
  expect(text).not.toMatch(/: any\b|<any\b|\bany\[\]/);
});

test('int64 as strings changes types and codecs alike', async () => {
  const outDir = await mkdtemp(join(tmpdir(), 'generated-'));
  try {
    await generate({ files: ['shop/common/money.proto'], includeDirs: [protos], outDir, int64: 'string' });

    const text = await readFile(join(outDir, 'shop/common/money.ts'), 'utf8');
    expect(text).toContain('  units: string;\n');
    expect(text).toContain("{ int64: 'string' }");
  } finally {
    await rm(outDir, { recursive: true });
  }
});

test('generate() refuses unknown options and an empty list', async () => {
  await expect(generate({ files: [], outDir: 'x' })).rejects.toThrow('Cannot generate: no proto files were given');
  await expect(generate({ files: ['a.proto'], outDir: 'x', in64: 'string' } as never)).rejects.toThrow(
    'did you mean "int64"?',
  );
});
