import { type EnumDescriptor, type FieldDescriptor, fieldTypes, Label, type MessageDescriptor, type NumberRange, type OneofDescriptor } from '../descriptor.ts';
import { localNameOf } from '../descriptor-schema.ts';
import type { Cursor } from './cursor.ts';
import { bracketOptions, type OptionValue, optionStatement, type ParsedOption } from './option.ts';
import type { Token } from './token.ts';

/** What the parser of a file lends to that of its messages. */
export interface MessageContext {
  readonly cursor: Cursor;
  readonly proto2: boolean;
  readonly proto3: boolean;
  readonly lines: ReadonlyMap<object, number>;
  mark(node: object, first?: Token): void;
  trail(node: object): void;
  pending(target: { options?: Uint8Array }, kind: string, options: readonly ParsedOption[]): void;
  enum(): EnumDescriptor;
  reserved(target: { reservedRange: NumberRange[]; reservedName: string[] }, limits: { end: number; inclusive: boolean }): void;
  range(limits: { end: number; inclusive: boolean }): NumberRange;
}

const maxNumber = 536_870_911;
const maxNesting = 100;

/** `message Name { … }`, with the keyword already taken. */
export function messageBlock(file: MessageContext, depth = 0): MessageDescriptor {
  const message = emptyMessage('');
  file.mark(message);
  message.name = file.cursor.word('the name of a message');
  messageBody(file, message, depth);
  return message;
}

/** `extend Name { … }`; groups in it become messages of the scope around. */
export function extendBlock(file: MessageContext, extensions: FieldDescriptor[], scope: MessageDescriptor[], depth = 0): void {
  const { cursor } = file;
  const extendee = cursor.path('the message to extend');
  cursor.expect('{', `after extend "${extendee}"`);
  while (!cursor.skip('}')) {
    if (cursor.skip(';')) continue;
    const field = plainField(file, scope, depth);
    field.extendee = extendee;
    extensions.push(field);
  }
}

function emptyMessage(name: string): MessageDescriptor {
  return { name, field: [], nestedType: [], enumType: [], extensionRange: [], extension: [], oneofDecl: [], reservedRange: [], reservedName: [] };
}

function messageBody(file: MessageContext, message: MessageDescriptor, depth: number): void {
  const { cursor } = file;
  if (depth > maxNesting) cursor.fail(`message "${message.name}" is nested deeper than ${maxNesting}`);
  const options: ParsedOption[] = [];
  cursor.expect('{', `after message "${message.name}"`);
  while (!cursor.skip('}')) {
    if (cursor.skip(';')) continue;
    const statement = statements[cursor.next.text];
    // A field may have a keyword as its type only when a name and a number follow: `message = 1` is no field.
    if (statement !== undefined && cursor.next.kind === 'word' && !cursor.sees('.', 1)) statement(file, message, options, depth);
    else message.field.push(plainField(file, message.nestedType, depth));
  }
  file.pending(message, 'MessageOptions', options);
  addSyntheticOneofs(message);
  checkMessage(file, message);
}

type Statement = (file: MessageContext, message: MessageDescriptor, options: ParsedOption[], depth: number) => void;

const statements: Readonly<Record<string, Statement>> = Object.assign(Object.create(null) as Record<string, Statement>, {
  message: taken((file, message, _, depth) => message.nestedType.push(messageBlock(file, depth + 1))),
  enum: taken((file, message) => message.enumType.push(file.enum())),
  extend: taken((file, message, _, depth) => extendBlock(file, message.extension, message.nestedType, depth)),
  option: taken((file, _, options) => options.push(optionStatement(file.cursor))),
  oneof: taken((file, message, _, depth) => oneofBlock(file, message, depth)),
  map: (file, message, _, depth) =>
    file.cursor.sees('<', 1) ? mapField(file, message) : message.field.push(plainField(file, message.nestedType, depth)),
  reserved: taken((file, message) => file.reserved(message, { end: maxNumber, inclusive: false })),
  extensions: taken((file, message) => extensionRanges(file, message)),
} satisfies Record<string, Statement>);

function taken(statement: Statement): Statement {
  return (file, ...rest) => {
    file.cursor.take();
    statement(file, ...rest);
  };
}

function extensionRanges(file: MessageContext, message: MessageDescriptor): void {
  const { cursor } = file;
  do message.extensionRange.push(file.range({ end: maxNumber, inclusive: false }));
  while (cursor.skip(','));
  bracketOptions(cursor);
  cursor.expect(';', 'after extensions');
}

function oneofBlock(file: MessageContext, message: MessageDescriptor, depth: number): void {
  const { cursor } = file;
  const oneof: OneofDescriptor = { name: '' };
  file.mark(oneof);
  oneof.name = cursor.word('the name of a oneof');
  const oneofIndex = message.oneofDecl.push(oneof) - 1;
  const options: ParsedOption[] = [];
  cursor.expect('{', `after oneof "${oneof.name}"`);
  while (!cursor.skip('}')) {
    if (cursor.skip(';')) continue;
    if (cursor.sees('option') && !cursor.sees('=', 2)) {
      cursor.take();
      options.push(optionStatement(cursor));
    } else message.field.push(Object.assign(plainField(file, message.nestedType, depth, { inOneof: true }), { oneofIndex }));
  }
  if (!message.field.some((field) => field.oneofIndex === oneofIndex)) {
    cursor.fail(`oneof "${oneof.name}" has no fields`, file.lines.get(oneof));
  }
  file.pending(oneof, 'OneofOptions', options);
}

const labels: Readonly<Record<string, number>> = { optional: Label.optional, required: Label.required, repeated: Label.repeated };

function plainField(file: MessageContext, scope: MessageDescriptor[], depth: number, { inOneof = false } = {}): FieldDescriptor {
  const { cursor } = file;
  const start = cursor.next;
  const word = labels[start.text] !== undefined && !cursor.sees('.', 1) ? cursor.take().text : undefined;
  if (inOneof && word !== undefined) cursor.fail(`a field in a oneof cannot be ${word}`, start.line);
  if (word === 'required' && !file.proto2) cursor.fail('only proto2 has required fields', start.line);
  if (word === undefined && file.proto2 && !inOneof && !cursor.sees('group')) {
    cursor.fail(`wanted optional, repeated or required before ${JSON.stringify(start.text)} (or syntax = "proto3" at the top)`, start.line);
  }
  const field: FieldDescriptor = { name: '', number: 0, label: labels[word ?? ''] ?? Label.optional };
  if (word === 'optional' && file.proto3) field.proto3Optional = true;
  file.mark(field, start);
  if (cursor.sees('group') && cursor.sees('=', 2)) return groupField(file, field, scope, depth);
  setType(field, cursor.path('the type of a field'));
  field.name = cursor.word('the name of a field');
  return finishField(file, field);
}

function setType(field: FieldDescriptor, type: string): void {
  const number = fieldTypes.indexOf(type as 'int32');
  const scalar = number > 0 && type !== 'group' && type !== 'message' && type !== 'enum';
  if (scalar) field.type = number;
  else field.typeName = type;
}

function groupField(file: MessageContext, field: FieldDescriptor, scope: MessageDescriptor[], depth: number): FieldDescriptor {
  const { cursor } = file;
  cursor.expect('group', 'before a group');
  const name = cursor.word('the name of a group');
  if (!/^[A-Z]/.test(name)) cursor.fail(`the name of group "${name}" wants a capital letter first`, cursor.last.line);
  const message = emptyMessage(name);
  file.mark(message);
  Object.assign(field, { name: name.toLowerCase(), type: fieldTypes.indexOf('group'), typeName: name });
  numberAndOptions(file, field);
  messageBody(file, message, depth + 1);
  scope.push(message);
  return field;
}

function finishField(file: MessageContext, field: FieldDescriptor): FieldDescriptor {
  numberAndOptions(file, field);
  file.cursor.expect(';', `after field "${field.name}"`);
  file.trail(field);
  return field;
}

function numberAndOptions(file: MessageContext, field: FieldDescriptor): void {
  const { cursor } = file;
  const { line } = cursor.next;
  cursor.expect('=', `and a number after field "${field.name}"`);
  field.number = cursor.integer(`the number of field "${field.name}"`);
  if (field.number < 1 || field.number > maxNumber || (field.number >= 19_000 && field.number <= 19_999)) {
    cursor.fail(`field "${field.name}" has number ${field.number}, wanted 1 to ${maxNumber} without 19000 to 19999`, line);
  }
  field.jsonName = localNameOf(field.name);
  const options = bracketOptions(cursor).filter(({ name, value }) => {
    if (name.length !== 1) return true;
    if (name[0] === 'default') field.defaultValue = defaultText(field, value);
    else if (name[0] === 'json_name' && 'string' in value) field.jsonName = Buffer.from(value.string, 'latin1').toString('utf8');
    else return true;
    return false;
  });
  file.pending(field, 'FieldOptions', options);
}

/** As `FieldDescriptorProto.default_value` has it: text as it is, bytes C-escaped. */
function defaultText(field: FieldDescriptor, value: OptionValue): string {
  if ('word' in value) return value.word;
  if ('number' in value) return /^-?0[xX]/.test(value.number) ? String(BigInt(value.number.replace('-', '')) * (value.number.startsWith('-') ? -1n : 1n)) : value.number;
  if (!('string' in value)) return '';
  if (fieldTypes[field.type ?? 0] !== 'bytes') return Buffer.from(value.string, 'latin1').toString('utf8');
  return value.string.replace(/[^\x20-\x7e]|["'\\]/g, (sign) => `\\${sign.charCodeAt(0).toString(8).padStart(3, '0')}`);
}

/** `map<string, Item> items = 1;` is a list of entries, a message of its own. */
function mapField(file: MessageContext, message: MessageDescriptor): void {
  const { cursor } = file;
  const start = cursor.take();
  cursor.expect('<', 'after map');
  const keyType = cursor.word('the type of keys');
  if (['double', 'float', 'bytes', 'group', 'message', 'enum'].includes(keyType) || fieldTypes.indexOf(keyType as 'int32') < 1) {
    cursor.fail(`a map cannot have keys of type "${keyType}": wanted string, bool or an integer type`, cursor.last.line);
  }
  cursor.expect(',', 'after the type of keys');
  const valueType = cursor.path('the type of values');
  cursor.expect('>', 'after the type of values');
  const field: FieldDescriptor = { name: cursor.word('the name of a map'), number: 0, label: Label.repeated };
  file.mark(field, start);
  const local = localNameOf(field.name);
  const entry = emptyMessage(`${local.charAt(0).toUpperCase()}${local.slice(1)}Entry`);
  const part = (name: string, number: number, type: string): FieldDescriptor => {
    const made: FieldDescriptor = { name, number, label: Label.optional, jsonName: name };
    file.mark(made, { ...start, doc: undefined });
    setType(made, type);
    return made;
  };
  entry.field.push(part('key', 1, keyType), part('value', 2, valueType));
  // MessageOptions { map_entry: true }
  entry.options = new Uint8Array([7 << 3, 1]);
  field.typeName = entry.name;
  message.nestedType.push(entry);
  message.field.push(finishField(file, field));
}

/** Every proto3 `optional` stands in a oneof of its own, after all real ones. */
function addSyntheticOneofs(message: MessageDescriptor): void {
  const names = new Set([...message.field, ...message.oneofDecl, ...message.nestedType].map(({ name }) => name));
  for (const field of message.field) {
    if (!field.proto3Optional) continue;
    let name = `_${field.name}`;
    while (names.has(name)) name = `X${name}`;
    field.oneofIndex = message.oneofDecl.push({ name }) - 1;
  }
}

function checkMessage({ cursor, lines }: MessageContext, message: MessageDescriptor): void {
  const numbers = new Map<number, string>();
  const names = new Set<string>();
  for (const { name, number } of message.field) {
    const line = lines.get(message.field.find((field) => field.name === name && field.number === number)!) ?? cursor.last.line;
    const fail = (text: string): never => cursor.fail(`field "${name}" of message "${message.name}" ${text}`, line);
    if (numbers.has(number)) fail(`has number ${number}, which "${numbers.get(number)}" has`);
    if (names.has(name)) fail('is declared twice');
    if (message.reservedName.includes(name)) fail('has a reserved name');
    if (message.reservedRange.some(({ start, end }) => number >= start && number < end)) fail(`has number ${number}, which is reserved`);
    numbers.set(number, name);
    names.add(name);
  }
}
