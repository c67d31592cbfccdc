import type { CodecStyle } from './codec-options.ts';
import { is64Bit, scalars } from './scalar.ts';
import type { FieldSchema, Fields, MessageSchema } from './schema.ts';

/** Defaults in the order of fields, so that all messages of a type have one shape. */
export function templateOf(schema: MessageSchema, style: CodecStyle): Fields {
  const isList = (field: FieldSchema) => field.list || field.map !== undefined;
  const filled = schema.fields.filter(
    (field) => isList(field) || (field.type !== 'message' && field.presence !== 'explicit'),
  );
  // V8 gives up the fast form of objects that grow beyond a dozen properties by computed names; parsing makes them at once.
  const template = JSON.parse(
    `{${filled.map(({ localName }) => `${JSON.stringify(localName)}:null`).join()}}`,
  ) as Fields;
  for (const field of filled) template[field.localName] = isList(field) ? undefined : zeroOf(field, style);
  return template;
}

/** What an absent field with implicit presence decodes to. */
export function zeroOf(field: FieldSchema, style: CodecStyle): unknown {
  if (field.enum !== undefined) return field.enum.names.get(0) ?? field.enum.zero;
  const type = field.type as 'int64';
  return is64Bit(type) && style.int64 === 'string' ? '0' : scalars[type].zero;
}
