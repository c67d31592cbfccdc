import type { EnumDescriptor, EnumValueDescriptor } from '../descriptor.ts';
import type { MessageContext } from './message-context.ts';
import { reservedStatement } from './number-range.ts';
import { bracketOptions, optionStatement, type ParsedOption } from './option.ts';

/** `enum Name { … }`, with the keyword already taken. */
export function enumBlock(file: MessageContext): EnumDescriptor {
  const { cursor } = file;
  const declared: EnumDescriptor = { name: '', value: [], reservedRange: [], reservedName: [] };
  const options: ParsedOption[] = [];
  file.mark(declared);
  declared.name = cursor.word('the name of an enum');
  cursor.expect('{', `after enum "${declared.name}"`);
  while (!cursor.skip('}')) {
    if (cursor.skip(';')) continue;
    const isValue = cursor.sees('=', 1);
    if (!isValue && cursor.skip('option')) options.push(optionStatement(cursor));
    else if (!isValue && cursor.skip('reserved'))
      reservedStatement(cursor, declared, { end: 2_147_483_647, inclusive: true });
    else enumValue(file, declared);
  }
  file.pending(declared, 'EnumOptions', options);
  if (declared.value.length === 0) cursor.fail(`enum "${declared.name}" has no values`, file.lines.get(declared));
  if (file.proto3 && declared.value[0]!.number !== 0) {
    cursor.fail(
      `the first value of enum "${declared.name}" is ${declared.value[0]!.number}, wanted 0`,
      file.lines.get(declared.value[0]!),
    );
  }
  return declared;
}

function enumValue(file: MessageContext, declared: EnumDescriptor): void {
  const { cursor } = file;
  const value: EnumValueDescriptor = { name: cursor.word('the name of an enum value'), number: 0 };
  file.mark(value, cursor.last);
  cursor.expect('=', `after "${value.name}"`);
  value.number = cursor.integer('a number');
  file.pending(value, 'EnumValueOptions', bracketOptions(cursor));
  cursor.expect(';', `after "${value.name}"`);
  file.trail(value);
  declared.value.push(value);
}
