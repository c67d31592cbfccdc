import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Parser } from 'yaml';
import { emptyMessage, type FileDescriptor, type MessageDescriptor } from '../../src/wire/descriptor.ts';
import { encodeFile } from '../../src/wire/descriptor-file.ts';
import {
  decodeStatusDetails,
  descriptorIndex,
  encodeStatusDetails,
  loadFiles,
  type MessageSchema,
  messageDifferences,
} from '../../src/wire/index.ts';
import { composed } from '../../src/wire/yaml/compose.ts';
import { readDocuments } from '../../src/wire/yaml/documents.ts';

// Each input is so large that its time would not end within that of a test if it grew faster than the input does.
const mebibyte = 2 ** 20;
const proto3 = 'syntax = "proto3";';
let dir = '';

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'flowrpc-growth-'));
});
afterAll(() => rm(dir, { recursive: true }));

async function load(text: string): Promise<unknown> {
  const path = join(dir, 'large.proto');
  await writeFile(path, text);
  return loadFiles(path);
}

function many(count: number, part: (number: number) => string): string {
  return Array.from({ length: count }, (_, index) => part(index + 1)).join('');
}

/** A field number that nobody has reserved. */
function fieldNumber(index: number): number {
  return index < 19_000 ? index : index + 1_000;
}

describe('loadFiles() takes time that grows as the file does', () => {
  test.each([
    ['comments that do not end', '/* '],
    ['texts that do not end', '\\"'],
    ['texts in single quotes that do not end', "\\'"],
  ])('%s', async (_, part) => {
    await expect(load(part.repeat(mebibyte))).rejects.toThrow('line 1: cannot make sense of');
  });

  test('fields, oneofs and reserved numbers of one message', async () => {
    const fields = many(40_000, (n) => `oneof o${n} { bool a${n} = ${fieldNumber(n)}; }`);
    const reserved = many(40_000, (n) => `reserved ${100_000 + n}; reserved "b${n}";`);

    await load(`${proto3} message A { ${fields} ${reserved} }`);
    const taken = load(`${proto3} message A { ${reserved} bool a = 140000; }`);

    await expect(taken).rejects.toThrow('field "a" of message "A" has number 140000, which is reserved');
  });

  test('options of one declaration, and extensions of one message', async () => {
    const extensions = many(60_000, (n) => `optional bool a${n} = ${fieldNumber(n)};`);
    const imports = 'import "google/protobuf/descriptor.proto";';
    const own = `message O { repeated int32 list = 1; } extend google.protobuf.FileOptions { optional O o = 50001; }`;

    await load(`message M { extensions 1 to max; } extend M { ${extensions} }`);
    await load(`${proto3} ${many(20_000, () => 'option java_package = "a";')}`);
    await load(`${imports} ${own} option (o) = { ${'list: 1 '.repeat(100_000)} };`);
  });

  test('public imports that meet again and again', async () => {
    for (let level = 0; level < 60; level++) {
      const below = level === 0 ? '' : `import public "a${level - 1}.proto"; import public "b${level - 1}.proto";`;
      for (const side of ['a', 'b']) await writeFile(join(dir, `${side}${level}.proto`), `${proto3} ${below}`);
    }

    await expect(loadFiles(join(dir, 'a59.proto'))).resolves.toHaveLength(119);
  });

  test.each([
    ['a package', `package ${'a.'.repeat(200_000)}a; message A { A a = 1; }`, 'has more than 100 parts'],
    ['an option', `option ${'a.'.repeat(200_000)}a = 1;`, 'has more than 100 parts'],
    [
      'a package in one word',
      `package ${'a'.repeat(100_000)}; ${many(20_000, (n) => `message A${n} {}`)}`,
      'wanted at most 1000',
    ],
  ])('%s with a long name is refused', async (_, text, wanted) => {
    await expect(load(`${proto3} ${text}`)).rejects.toThrow(wanted);
  });
});

test('descriptorIndex() refuses a package that each of many names would repeat', () => {
  const messageType = Array.from({ length: 50_000 }, (_, index) => emptyMessage(`M${index}`));
  const file = encodeFile(fileOf({ package: 'a.'.repeat(200_000), messageType }));

  expect(() => descriptorIndex([file])).toThrow('its package has 400000 characters, wanted at most 1000');
});

describe('messageDifferences() takes time that grows as the types do', () => {
  test('of types in each other, further than the call stack is deep', () => {
    const chain = (name: string, last: number): MessageSchema =>
      messageOf(
        name,
        Array.from({ length: 10_000 }, (_, index) => ({
          ...emptyMessage(`M${index}`),
          field:
            index < 9_999
              ? [{ name: 'f', number: 1, label: 1, type: 11, typeName: `.${name}.M${index + 1}` }]
              : [{ name: 'f', number: 1, label: 1, type: last }],
        })),
      );

    const found = messageDifferences(chain('a', 5), chain('b', 9));

    expect(found).toHaveLength(1);
    expect(found[0]!.path).toHaveLength(2 * 10_000 - 1);
    expect(found[0]!.reason).toContain('field 1 is "optional int32 f" in a.M9999');
  });

  test('of enums in which many names are one number, and of many fields', () => {
    const enumOf = (name: string, labels: readonly string[]): MessageSchema =>
      messageOf(
        name,
        [{ ...emptyMessage('M'), field: [{ name: 'f', number: 1, label: 1, type: 14, typeName: `.${name}.E` }] }],
        {
          enumType: [
            {
              name: 'E',
              value: labels.map((label) => ({ name: `${name}_${label}`.slice(label === 'shared' ? 2 : 0), number: 0 })),
              options: new Uint8Array([2 << 3, 1]),
              reservedName: [],
              reservedRange: [],
            },
          ],
        },
      );
    const labels = Array.from({ length: 50_000 }, (_, index) => `l${index}`);
    const fieldsOf = (name: string): MessageSchema =>
      messageOf(name, [
        {
          ...emptyMessage('M'),
          field: Array.from({ length: 60_000 }, (_, index) => ({
            name: `f${index}`,
            number: index + 1,
            label: 1,
            type: 5,
          })),
        },
      ]);

    expect(messageDifferences(enumOf('a', [...labels, 'shared']), enumOf('b', ['shared']))).toEqual([]);
    expect(messageDifferences(fieldsOf('a'), fieldsOf('b'))).toEqual([]);
  });
});

test('encodeStatusDetails() leaves thousands of details out at once: DebugInfo first, then what stands last', () => {
  const debug = { typeUrl: 'type.googleapis.com/google.rpc.DebugInfo', value: new Uint8Array(3) };
  const detail = (index: number) => ({ typeUrl: `a.b/C${index}`, value: new Uint8Array(index % 200) });
  const details = Array.from({ length: 30_000 }, (_, index) => (index % 5 === 4 ? debug : detail(index)));

  const bytes = encodeStatusDetails({ code: 13, message: 'no', details })!;
  const read = decodeStatusDetails(bytes)!;
  const kept = details.filter((one) => one !== debug).slice(0, read.details.length);
  const next = encodeStatusDetails({
    code: 13,
    message: 'no',
    details: [...kept, detail(kept.length + Math.floor(kept.length / 4))],
  });

  expect(bytes.length).toBeLessThanOrEqual(4_096);
  expect(read.details).toEqual(kept);
  expect(next).toEqual(bytes);
});

describe('readDocuments() tells of the first faults of a text that is wrong all over, and reads no further', () => {
  test.each(['*a ', '*a\n', '&a ', '!a ', '|\n a\n', '- [a]\n]', 'a: b: ', '[? ', '}', '"a" "a" '])('%j', (part) => {
    const { documents, problems } = readDocuments(part.repeat(20_000), 'a.yaml');

    expect(documents).toEqual([]);
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.length).toBeLessThanOrEqual(50);
  });

  test('composed() stops at the fault that is one too many', () => {
    const parser = new Parser();
    const tokens = [...parser.parse('- *a *a\n'.repeat(100))];

    const { documents, faults } = composed(tokens, { length: 800, maxFaults: 5 });

    expect(documents).toEqual([]);
    expect(faults).toHaveLength(6);
    expect(faults![0]!.at).toBeLessThan(8);
  });
});

function fileOf(parts: Partial<FileDescriptor>): FileDescriptor {
  return {
    name: `${parts.package?.slice(0, 10)}.proto`,
    dependency: [],
    publicDependency: [],
    weakDependency: [],
    messageType: [],
    enumType: [],
    service: [],
    extension: [],
    ...parts,
  };
}

/** The first of some messages, in a file of proto2. */
function messageOf(name: string, messageType: MessageDescriptor[], parts: Partial<FileDescriptor> = {}): MessageSchema {
  const file = encodeFile(fileOf({ package: name, messageType, ...parts }));
  return descriptorIndex([file]).messages.get(`${name}.${messageType[0]!.name}`)!;
}
