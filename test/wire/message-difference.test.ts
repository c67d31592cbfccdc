import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { codecStyle } from '../../src/wire/codec-options.ts';
import {
  type DifferenceOptions,
  descriptorIndex,
  formatDifference,
  loadFiles,
  type MessageSchema,
  messageDifferences,
} from '../../src/wire/index.ts';
import { typeOf } from '../../src/wire/message-type.ts';
import { dice } from './dice.ts';
import { mutate } from './mutate-schema.ts';
import { randomMessage } from './random-message.ts';
import { randomSchema, schemaOf } from './random-schema.ts';
import { sameMeaning } from './same-meaning.ts';

const changesPerSchema = 8;
const messagesPerChange = 24;

/** The first of some messages that arrives as something else; undefined when none does. */
function lost(from: MessageSchema, to: MessageSchema, seed: number): unknown {
  const style = codecStyle();
  const [sender, receiver] = [typeOf(from, style), typeOf(to, style)];
  const chance = dice(seed);
  for (let i = 0; i < messagesPerChange; i++) {
    const message = randomMessage(from, chance);
    const bytes = sender.encode(message);
    try {
      const read = receiver.decode(bytes) as Record<string, unknown>;
      if (!sameMeaning(from, to, message, read)) return { message, read };
    } catch (error) {
      return { message, error };
    }
  }
  return undefined;
}

test('messageDifferences() accepts no change that loses or alters a message, over thousands of generated ones', {
  timeout: 120_000,
}, () => {
  const count = { accepted: 0, refused: 0, harmless: 0 };

  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const chance = dice(seed);
      const model = randomSchema(chance);
      const from = schemaOf(model, 'a');
      for (let i = 0; i < changesPerSchema; i++) {
        const to = schemaOf(mutate(model, chance), 'b');
        const differences = messageDifferences(from, to);
        const loss = lost(from, to, seed + i);
        if (differences.length === 0) {
          count.accepted++;
          expect(loss).toBeUndefined();
        } else {
          count.refused++;
          if (loss === undefined) count.harmless++;
        }
      }
    }),
    { numRuns: 600 },
  );

  console.info(
    `changes accepted: ${count.accepted}, none wrongly; refused: ${count.refused}, of which ${count.harmless} lost nothing in ${messagesPerChange} messages`,
  );
  expect(count.accepted).toBeGreaterThan(500);
  expect(count.harmless / count.refused).toBeLessThan(0.02);
});

interface Pair {
  from: string;
  to: string;
  syntax?: string;
  options?: DifferenceOptions;
}

/** What keeps `A` from being read as `B`, both declared in proto text. */
async function between({ from, to, syntax = 'proto3', options }: Pair): Promise<string[]> {
  const file = join(await mkdtemp(join(tmpdir(), 'flowrpc-types-')), 'types.proto');
  await writeFile(file, `syntax = "${syntax}"; package t; ${from} ${to}`);
  const { messages } = descriptorIndex(await loadFiles(file));
  return messageDifferences(messages.get('t.A')!, messages.get('t.B')!, options).map(formatDifference);
}

describe('messageDifferences()', () => {
  const same: [string, string, string][] = [
    ['the same fields', 'message A { string a = 1; }', 'message B { string a = 1; }'],
    ['a field more in the reader', 'message A { string a = 1; }', 'message B { string a = 1; int32 b = 2; }'],
    ['int32 as int64', 'message A { int32 a = 1; }', 'message B { int64 a = 1; }'],
    ['uint32 as int64', 'message A { uint32 a = 1; }', 'message B { int64 a = 1; }'],
    ['text as bytes', 'message A { string a = 1; }', 'message B { bytes a = 1; }'],
    ['an enum as int32', 'enum E { Z = 0; } message A { E a = 1; }', 'message B { int32 a = 1; }'],
    ['zero as left out', 'message A { int32 a = 1; }', 'message B { optional int32 a = 1; }'],
    [
      'packed as not packed',
      'message A { repeated int32 a = 1; }',
      'message B { repeated int32 a = 1 [packed = false]; }',
    ],
    [
      'one field as a member of a oneof',
      'message A { string a = 1; }',
      'message B { oneof o { string a = 1; int32 b = 2; } }',
    ],
    [
      'members of a oneof as fields',
      'message A { oneof o { string a = 1; int32 b = 2; } }',
      'message B { optional string a = 1; optional int32 b = 2; }',
    ],
    [
      'values that an open enum does not know',
      'enum E { Z = 0; Y = 1; } message A { E a = 1; }',
      'enum F { option allow_alias = true; FZ = 0; } message B { repeated F b = 2; int32 a = 1; }',
    ],
    [
      'a message that contains itself',
      'message A { A a = 1; repeated A b = 2; }',
      'message B { B a = 1; repeated B b = 2; }',
    ],
    [
      'a map with wider keys and values',
      'message A { map<int32, uint32> a = 1; }',
      'message B { map<int64, uint64> a = 1; }',
    ],
  ];
  test.each(same)('accepts %s', async (_, from, to) => {
    expect(await between({ from, to })).toEqual([]);
  });

  const different: [string, string, string, string][] = [
    [
      'a field that the reader does not have',
      'message A { string a = 1; }',
      'message B {}',
      't.B has no field 1 ("a" of t.A)',
    ],
    [
      'another name',
      'message A { string a = 1; }',
      'message B { string b = 1; }',
      'field 1 is "string a" in t.A and "string b" in t.B',
    ],
    [
      'int64 as int32',
      'message A { int64 a = 1; }',
      'message B { int32 a = 1; }',
      'field 1 is "int64 a" in t.A and "int32 a" in t.B',
    ],
    [
      'int32 as uint32',
      'message A { int32 a = 1; }',
      'message B { uint32 a = 1; }',
      'field 1 is "int32 a" in t.A and "uint32 a" in t.B',
    ],
    [
      'int32 as sint32',
      'message A { int32 a = 1; }',
      'message B { sint32 a = 1; }',
      'field 1 is "int32 a" in t.A and "sint32 a" in t.B',
    ],
    [
      'bytes as text',
      'message A { bytes a = 1; }',
      'message B { string a = 1; }',
      'field 1 is "bytes a" in t.A and "string a" in t.B',
    ],
    [
      'a list as one',
      'message A { repeated int32 a = 1; }',
      'message B { int32 a = 1; }',
      'field 1 is "repeated int32 a" in t.A and "int32 a" in t.B',
    ],
    [
      'a map as a list',
      'message A { map<string, int32> a = 1; }',
      'message C { string key = 1; int32 value = 2; } message B { repeated C a = 1; }',
      'field 1 is "map<string, int32> a" in t.A and "repeated t.C a" in t.B',
    ],
    [
      'left out as zero',
      'message A { optional int32 a = 1; }',
      'message B { int32 a = 1; }',
      'field 1 is "optional int32 a" in t.A and "int32 a" in t.B: left out and zero would be one',
    ],
    [
      'two fields as one oneof',
      'message A { string a = 1; int32 b = 2; }',
      'message B { oneof o { string a = 1; int32 b = 2; } }',
      '"a" and "b" may both be set in t.A, and t.B has one of them, in oneof "o"',
    ],
    [
      'a number that means something else',
      'enum E { Z = 0; RED = 1; } message A { E a = 1; }',
      'message N { enum F { Z = 0; BLUE = 1; } } message B { N.F a = 1; }',
      'field 1 is "t.E a" in t.A and "t.N.F a" in t.B: 1 is RED in one and BLUE in the other',
    ],
    [
      'a field deep inside',
      'message C { string zip = 3; } message D { map<string, C> homes = 1; } message A { repeated D all = 2; }',
      'message F { int32 zip = 3; } message G { map<string, F> homes = 1; } message B { repeated G all = 2; }',
      'field 3 is "string zip" in t.C and "int32 zip" in t.F, at "all[*].homes[*].zip"',
    ],
  ];
  test.each(different)('refuses %s', async (_, from, to, reason) => {
    expect(await between({ from, to })).toEqual([reason]);
  });

  const legacy: [string, string, string, string][] = [
    [
      'a required field that may be left out',
      'message A { optional string a = 1; }',
      'message B { required string a = 1; }',
      'field 1 is "optional string a" in t.A and "required string a" in t.B: it may be left out',
    ],
    [
      'a required field that is never sent',
      'message A {}',
      'message B { required string a = 1; }',
      't.A has no field 1 (required "a" of t.B)',
    ],
    [
      'a value that a closed enum does not know',
      'enum E { X = 1; Y = 2; } message A { optional E a = 1; }',
      'message N { enum F { X = 1; } } message B { optional N.F a = 1; }',
      'field 1 is "optional t.E a" in t.A and "optional t.N.F a" in t.B: t.N.F is closed and has no Y',
    ],
    [
      'another default',
      'message A { optional int32 a = 1 [default = 5]; }',
      'message B { optional int32 a = 1 [default = 6]; }',
      'field 1 is "optional int32 a" in t.A and "optional int32 a" in t.B: left out it is 5 in one and 6 in the other',
    ],
    [
      'a group as a message',
      'message A { optional group G = 1 { } }',
      'message H {} message B { optional H g = 1; }',
      'field 1 is "t.A.G g" in t.A and "t.H g" in t.B: one is written as a group',
    ],
  ];
  test.each(legacy)('refuses %s (proto2)', async (_, from, to, reason) => {
    expect(await between({ from, to, syntax: 'proto2' })).toEqual([reason]);
  });

  test('lists everything, and leaves out what the reader allows', async () => {
    const pair = {
      from: 'message A { string a = 1; int32 b = 2 [json_name = "bee"]; string d = 4; }',
      to: 'message B { string a = 1; int32 b = 2; string c = 3; }',
    };

    expect(await between({ ...pair, options: { additions: true } })).toEqual([]);
    expect(await between({ ...pair, options: { complete: true, json: true } })).toEqual([
      'field 2 is "int32 b" in t.A and "int32 b" in t.B: JSON calls it "bee" and "b"',
      't.B has no field 4 ("d" of t.A)',
      't.A has no field 3 ("c" of t.B)',
    ]);
  });

  test('minds what JSON shows where somebody reads it', async () => {
    const pair = { from: 'message A { string a = 1; int32 n = 2; }', to: 'message B { bytes a = 1; int64 n = 2; }' };

    expect(await between({ ...pair, options: { json: true } })).toEqual([
      'field 1 is "string a" in t.A and "bytes a" in t.B: JSON writes them differently',
    ]);
  });
});
