import { emptyMessage, type FieldDescriptor, fieldTypes, Label, type MessageDescriptor } from '../descriptor.ts';
import { localNameOf } from '../descriptor-schema.ts';
import { type MessageContext, maxNumber } from './message-context.ts';
import { bracketOptions, type OptionValue } from './option.ts';

/** A scalar type by number, any other by name until names are resolved. */
export function setType(field: FieldDescriptor, type: string): void {
  const number = fieldTypes.indexOf(type as 'int32');
  const scalar = number > 0 && type !== 'group' && type !== 'message' && type !== 'enum';
  if (scalar) field.type = number;
  else field.typeName = type;
}

/** `= 1 [options];` */
export function finishField(file: MessageContext, field: FieldDescriptor): FieldDescriptor {
  numberAndOptions(file, field);
  file.cursor.expect(';', `after field "${field.name}"`);
  file.trail(field);
  return field;
}

/** `= 1 [options]`, without the end. */
export function numberAndOptions(file: MessageContext, field: FieldDescriptor): void {
  const { cursor } = file;
  const { line } = cursor.next;
  cursor.expect('=', `and a number after field "${field.name}"`);
  field.number = cursor.integer(`the number of field "${field.name}"`);
  if (field.number < 1 || field.number > maxNumber || (field.number >= 19_000 && field.number <= 19_999)) {
    cursor.fail(
      `field "${field.name}" has number ${field.number}, wanted 1 to ${maxNumber} without 19000 to 19999`,
      line,
    );
  }
  field.jsonName = localNameOf(field.name);
  const options = bracketOptions(cursor).filter(({ name, value }) => {
    if (name.length !== 1) return true;
    if (name[0] === 'default') field.defaultValue = defaultText(field, value);
    else if (name[0] === 'json_name' && 'string' in value)
      field.jsonName = Buffer.from(value.string, 'latin1').toString('utf8');
    else return true;
    return false;
  });
  file.pending(field, 'FieldOptions', options);
}

/** As `FieldDescriptorProto.default_value` has it: text as it is, bytes C-escaped. */
function defaultText(field: FieldDescriptor, value: OptionValue): string {
  if ('word' in value) return value.word;
  if ('number' in value)
    return /^-?0[xX]/.test(value.number)
      ? String(BigInt(value.number.replace('-', '')) * (value.number.startsWith('-') ? -1n : 1n))
      : value.number;
  if (!('string' in value)) return '';
  if (fieldTypes[field.type ?? 0] !== 'bytes') return Buffer.from(value.string, 'latin1').toString('utf8');
  return value.string.replace(/[^\x20-\x7e]|["'\\]/g, (sign) => `\\${sign.charCodeAt(0).toString(8).padStart(3, '0')}`);
}

/** `map<string, Item> items = 1;` is a list of entries, a message of its own. */
export function mapField(file: MessageContext, message: MessageDescriptor): void {
  const { cursor } = file;
  const start = cursor.take();
  cursor.expect('<', 'after map');
  const keyType = cursor.word('the type of keys');
  if (
    ['double', 'float', 'bytes', 'group', 'message', 'enum'].includes(keyType) ||
    fieldTypes.indexOf(keyType as 'int32') < 1
  ) {
    cursor.fail(
      `a map cannot have keys of type "${keyType}": wanted string, bool or an integer type`,
      cursor.last.line,
    );
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
