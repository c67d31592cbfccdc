import {
  emptyMessage,
  type FieldDescriptor,
  fieldTypes,
  Label,
  type MessageDescriptor,
  type OneofDescriptor,
} from '../descriptor.ts';
import { lookup } from '../lookup.ts';
import { addSyntheticOneofs, checkMessage } from './check-message.ts';
import { finishField, mapField, numberAndOptions, setType } from './field-parts.ts';
import { type MessageContext, maxNumber } from './message-context.ts';
import { numberRange, reservedStatement } from './number-range.ts';
import { bracketOptions, optionStatement, type ParsedOption } from './option.ts';
import { enumBlock } from './parse-enum.ts';

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
export function extendBlock(
  file: MessageContext,
  extensions: FieldDescriptor[],
  scope: MessageDescriptor[],
  depth = 0,
): void {
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

function messageBody(file: MessageContext, message: MessageDescriptor, depth: number): void {
  const { cursor } = file;
  if (depth > maxNesting) cursor.fail(`message "${message.name}" is nested deeper than ${maxNesting}`);
  const options: ParsedOption[] = [];
  cursor.expect('{', `after message "${message.name}"`);
  while (!cursor.skip('}')) {
    if (cursor.skip(';')) continue;
    const statement = statements[cursor.next.text];
    // A field may have a keyword as its type only when a name and a number follow: `message = 1` is no field.
    if (statement !== undefined && cursor.next.kind === 'word' && !cursor.sees('.', 1))
      statement(file, message, options, depth);
    else message.field.push(plainField(file, message.nestedType, depth));
  }
  file.pending(message, 'MessageOptions', options);
  addSyntheticOneofs(message);
  checkMessage(file, message);
}

type Statement = (file: MessageContext, message: MessageDescriptor, options: ParsedOption[], depth: number) => void;

const statements: Readonly<Record<string, Statement>> = Object.assign(
  Object.create(null) as Record<string, Statement>,
  {
    message: taken((file, message, _, depth) => message.nestedType.push(messageBlock(file, depth + 1))),
    enum: taken((file, message) => message.enumType.push(enumBlock(file))),
    extend: taken((file, message, _, depth) => extendBlock(file, message.extension, message.nestedType, depth)),
    option: taken((file, _, options) => options.push(optionStatement(file.cursor))),
    oneof: taken((file, message, _, depth) => oneofBlock(file, message, depth)),
    map: (file, message, _, depth) =>
      file.cursor.sees('<', 1)
        ? mapField(file, message)
        : message.field.push(plainField(file, message.nestedType, depth)),
    reserved: taken((file, message) => reservedStatement(file.cursor, message, { end: maxNumber, inclusive: false })),
    extensions: taken((file, message) => extensionRanges(file, message)),
  } satisfies Record<string, Statement>,
);

function taken(statement: Statement): Statement {
  return (file, ...rest) => {
    file.cursor.take();
    statement(file, ...rest);
  };
}

function extensionRanges(file: MessageContext, message: MessageDescriptor): void {
  const { cursor } = file;
  do message.extensionRange.push(numberRange(cursor, { end: maxNumber, inclusive: false }));
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
  const before = message.field.length;
  const options: ParsedOption[] = [];
  cursor.expect('{', `after oneof "${oneof.name}"`);
  while (!cursor.skip('}')) {
    if (cursor.skip(';')) continue;
    if (cursor.sees('option') && !cursor.sees('=', 2)) {
      cursor.take();
      options.push(optionStatement(cursor));
    } else
      message.field.push(Object.assign(plainField(file, message.nestedType, depth, { inOneof: true }), { oneofIndex }));
  }
  if (message.field.length === before) {
    cursor.fail(`oneof "${oneof.name}" has no fields`, file.lines.get(oneof));
  }
  file.pending(oneof, 'OneofOptions', options);
}

const labels: Readonly<Record<string, number>> = {
  optional: Label.optional,
  required: Label.required,
  repeated: Label.repeated,
};

function plainField(
  file: MessageContext,
  scope: MessageDescriptor[],
  depth: number,
  { inOneof = false } = {},
): FieldDescriptor {
  const { cursor } = file;
  const start = cursor.next;
  const word = lookup(labels, start.text) !== undefined && !cursor.sees('.', 1) ? cursor.take().text : undefined;
  if (inOneof && word !== undefined) cursor.fail(`a field in a oneof cannot be ${word}`, start.line);
  if (word === 'required' && !file.proto2) cursor.fail('only proto2 has required fields', start.line);
  if (word === undefined && file.proto2 && !inOneof && !cursor.sees('group')) {
    cursor.fail(
      `wanted optional, repeated or required before ${JSON.stringify(start.text)} (or syntax = "proto3" at the top)`,
      start.line,
    );
  }
  const field: FieldDescriptor = { name: '', number: 0, label: labels[word ?? ''] ?? Label.optional };
  if (word === 'optional' && file.proto3) field.proto3Optional = true;
  file.mark(field, start);
  if (cursor.sees('group') && cursor.sees('=', 2)) return groupField(file, field, scope, depth);
  setType(field, cursor.path('the type of a field'));
  field.name = cursor.word('the name of a field');
  return finishField(file, field);
}

function groupField(
  file: MessageContext,
  field: FieldDescriptor,
  scope: MessageDescriptor[],
  depth: number,
): FieldDescriptor {
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
