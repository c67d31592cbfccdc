import type { CodecStyle } from '../codec-options.ts';
import { is64Bit } from '../scalar.ts';
import type { FieldSchema, MessageSchema, OneofSchema } from '../schema.ts';
import { docText } from './doc-text.ts';
import type { ModuleImports } from './module-imports.ts';

/** The interface of a message as decoding gives it. */
export function messageText(
  schema: MessageSchema,
  identifier: string,
  docs: ReadonlyMap<string, string>,
  style: CodecStyle,
  imports: ModuleImports,
): string {
  const members = [...new Set(schema.fields.map((field) => field.oneof ?? field))].map((member) => {
    const doc = docText(docs.get(`${schema.name}.${member.name}`), '  ');
    return doc + ('fields' in member ? oneofText(member) : fieldText(member));
  });
  return `${docText(docs.get(schema.name))}export interface ${identifier} {\n${members.join('')}}\n`;

  function fieldText(field: FieldSchema): string {
    const single = field.presence === 'explicit' || field.type === 'message';
    const optional = single && !field.list && field.map === undefined ? '?' : '';
    return `  ${field.localName}${optional}: ${typeText(field)};\n`;
  }

  function oneofText(oneof: OneofSchema): string {
    const cases = oneof.fields.map((field) => {
      const doc = docText(docs.get(`${schema.name}.${field.name}`), '    ');
      return `${doc}    | { case: '${field.localName}'; value: ${valueText(field)} }`;
    });
    return `  ${oneof.localName}?:\n${cases.join('\n')};\n`;
  }

  function typeText(field: FieldSchema): string {
    if (field.map !== undefined) return `{ [key: string]: ${valueText(field.map.value)} }`;
    return field.list ? `${valueText(field)}[]` : valueText(field);
  }

  function valueText(field: FieldSchema): string {
    if (field.type === 'message') return imports.type(field.message!.name);
    if (field.type === 'enum') return imports.type(field.enum!.name);
    if (is64Bit(field.type)) return style.int64;
    return valueTypes[field.type] ?? 'number';
  }
}

/** Every other scalar type is a number. */
const valueTypes: Readonly<Record<string, string>> = { bool: 'boolean', string: 'string', bytes: 'Uint8Array' };
