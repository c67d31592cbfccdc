import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { copyValue } from '../../src/nodes/copy-value.ts';
import { codecStyle } from '../../src/wire/codec-options.ts';
import { type MessageSchema, messageToJson } from '../../src/wire/index.ts';
import { encodeKnown, type MessageType, typeOf } from '../../src/wire/message-type.ts';
import { type Dice, dice } from './dice.ts';
import { randomMessage } from './random-message.ts';
import { type FieldModel, randomSchema, type SchemaModel, schemaOf } from './random-schema.ts';

type Fields = Record<string, unknown>;

const plain: FieldModel = {
  name: 'a',
  number: 1,
  type: 'string',
  label: 'implicit',
  key: 'string',
  oneof: undefined,
  packed: true,
  group: false,
  default: undefined,
};

function schema(fields: readonly Partial<FieldModel>[], scope = 'one'): MessageSchema {
  return schemaOf({ messages: [fields.map((field) => ({ ...plain, ...field }))], enums: [] }, scope);
}

function type(from: MessageSchema): MessageType {
  return typeOf(from, codecStyle());
}

const again = (older: MessageType, bytes: Uint8Array): Uint8Array => older.encode(older.decode(bytes) as Fields);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** A version of before some of the fields were added, in any of the messages. */
function before(model: SchemaModel, chance: Dice): SchemaModel {
  return { ...model, messages: model.messages.map((fields) => fields.filter(() => chance.chance(0.5))) };
}

const known = type(schema([{}, { name: 'inner', number: 2, type: 'M0', label: 'explicit' }]));

describe('unknown fields', () => {
  test('of any message survive a reader that does not know them, at every depth (G-10)', () => {
    let changed = 0;
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const chance = dice(seed);
        const model = randomSchema(chance);
        const newer = type(schemaOf(model, 'same'));
        const older = type(schemaOf(before(model, chance), 'same'));
        const message = randomMessage(newer.schema, chance);
        const bytes = newer.encode(message);

        expect(newer.decode(again(older, bytes))).toEqual(newer.decode(bytes));
        changed += hex(encodeKnown(older, older.decode(bytes))) === hex(bytes) ? 0 : 1;
      }),
      { numRuns: 400 },
    );
    // Otherwise nothing was unknown.
    expect(changed).toBeGreaterThan(100);
  });

  test.each([
    ['one', '0a0161 9a06026869'],
    ['several, in their order', '0a0161 9a06026869 1d01020304 210102030405060708 9a0600'],
    ['a group', '0a0161 a306 0801 a406'],
    ['a known number in another encoding', '0a0161 0805'],
    ['one in a nested message', '0a0161 1207 0a0162 9a060178'],
    ['nothing else', '9a060178'],
  ])('%s: a message whose known fields stand first is the same again, byte for byte (G-10)', (_, text) => {
    const bytes = Buffer.from(text.replaceAll(' ', ''), 'hex');

    expect(hex(again(known, bytes))).toBe(hex(bytes));
  });

  test('between known ones, and in parts of one message, are kept in their order', () => {
    const bytes = Buffer.from('180a0a0161180b1202180c180d1202180e', 'hex');

    expect(hex(again(known, bytes))).toBe('0a01611204180c180e180a180b180d');
  });

  test('go along with a copy by spread and with copyValue(), and with nothing that is written anew', () => {
    const message = known.decode(Buffer.from('0a01619a060178', 'hex')) as Fields;

    expect(hex(known.encode({ ...message, a: 'b' }))).toBe('0a01629a060178');
    expect(hex(known.encode(copyValue(message)))).toBe('0a01619a060178');
    expect(hex(known.encode({ a: message.a }))).toBe('0a0161');
  });

  test('are not written into a message of another type, where their numbers are other fields', () => {
    const other = type(schema([{}, { name: 'admin', number: 99 }], 'two'));
    const message = known.decode(Buffer.from('0a01619a060178', 'hex')) as Fields;

    expect(hex(other.encode({ ...message, admin: 'no' }))).toBe('0a01619a06026e6f');
    expect(hex(other.encode({ ...message }))).toBe('0a0161');
  });

  test('of two versions of a type the message itself has the last word', () => {
    const newer = type(schema([{}, { name: 'admin', number: 99 }]));
    const message = known.decode(Buffer.from('0a01619a060178', 'hex')) as Fields;

    expect(newer.decode(newer.encode(message))).toEqual({ a: 'a', admin: 'x' });
    expect(newer.decode(newer.encode({ ...message, admin: '' }))).toMatchObject({ a: 'a', admin: '' });
  });

  test('are in no key, JSON, log or copy for logs', () => {
    const message = known.decode(Buffer.from('0a01619a0606736563726574', 'hex')) as Fields;

    expect(Object.keys(message)).toEqual(['a']);
    expect(JSON.stringify(message)).toBe('{"a":"a"}');
    expect(messageToJson(known, message)).toEqual({ a: 'a' });
    expect(inspect(message, { depth: 9, showHidden: true })).not.toMatch(/secret|73, 65/);
  });

  test('many small ones in parts of one message cost time and memory by their number, not by its square', () => {
    const count = 60_000;
    const parts = Buffer.concat(Array.from({ length: count }, () => Buffer.from([0x12, 2, 0x18, 1])));

    const bytes = again(known, parts);

    expect(bytes.length).toBe(4 + 2 * count);
    expect(hex(again(known, bytes))).toBe(hex(bytes));
  });
});
