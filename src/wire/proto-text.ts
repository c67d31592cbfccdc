import {
  type EnumDescriptor,
  type FieldDescriptor,
  fieldTypes,
  Label,
  type MessageDescriptor,
  type MethodDescriptor,
} from './descriptor.ts';
import { readOptions } from './descriptor-file.ts';
import type { DescriptorIndex } from './descriptor-index.ts';
import { localNameOf } from './descriptor-schema.ts';

/** A service, method, message or enum as a proto file would write it, types by full name; undefined for a symbol that the index does not know. */
export function protoText(index: DescriptorIndex, symbol: string): string | undefined {
  const service = index.services.get(symbol);
  if (service !== undefined) {
    const methods = service.descriptor.method.map((method) => `  ${methodText(method)}\n`);
    return `service ${service.descriptor.name} {\n${methods.join('')}}\n`;
  }
  const message = index.messages.get(symbol);
  if (message !== undefined) return messageText(message.descriptor, '');
  const values = index.enums.get(symbol);
  if (values !== undefined) return enumText(values.descriptor, '');
  const cut = Math.max(symbol.lastIndexOf('/'), symbol.lastIndexOf('.'));
  const method = index.services
    .get(symbol.slice(0, cut))
    ?.descriptor.method.find(({ name }) => name === symbol.slice(cut + 1));
  return method && `${methodText(method)}\n`;
}

function methodText({
  name,
  inputType,
  outputType,
  clientStreaming,
  serverStreaming,
  options,
}: MethodDescriptor): string {
  const input = (clientStreaming ? 'stream ' : '') + bare(inputType);
  const output = (serverStreaming ? 'stream ' : '') + bare(outputType);
  const { idempotencyLevel } = readOptions('MethodOptions', options);
  const end = typeof idempotencyLevel === 'string' ? ` { option idempotency_level = ${idempotencyLevel}; }` : ';';
  return `rpc ${name}(${input}) returns (${output})${end}`;
}

function messageText(message: MessageDescriptor, indent: string): string {
  const inner = `${indent}  `;
  const entries = new Map(message.nestedType.filter(isMapEntry).map((entry) => [entry.name, entry]));
  const lines = membersOf(message).map((member) => {
    if (!('fields' in member)) return `${inner}${fieldText(member, entries)};\n`;
    return `${inner}oneof ${member.name} {\n${member.fields.map((field) => `${inner}  ${fieldText(field, entries)};\n`).join('')}${inner}}\n`;
  });
  const nested = [
    ...message.nestedType.filter((type) => !isMapEntry(type)).map((type) => messageText(type, inner)),
    ...message.enumType.map((type) => enumText(type, inner)),
  ];
  return `${indent}message ${message.name} {\n${[...lines, ...nested].join('')}${indent}}\n`;
}

type Member = FieldDescriptor | { name: string; fields: FieldDescriptor[] };

/** Fields in order, those of a oneof together where its first one stands. */
function membersOf(message: MessageDescriptor): Member[] {
  const oneofs = new Map<number, { name: string; fields: FieldDescriptor[] }>();
  return message.field.flatMap((field): Member[] => {
    if (field.oneofIndex === undefined || field.proto3Optional) return [field];
    const known = oneofs.get(field.oneofIndex);
    known?.fields.push(field);
    if (known !== undefined) return [];
    const made = { name: message.oneofDecl[field.oneofIndex]?.name ?? '', fields: [field] };
    oneofs.set(field.oneofIndex, made);
    return [made];
  });
}

function fieldText(field: FieldDescriptor, entries: ReadonlyMap<string, MessageDescriptor>): string {
  const entry = entries.get(
    bare(field.typeName ?? '')
      .split('.')
      .at(-1)!,
  );
  const isMap = entry !== undefined && field.label === Label.repeated;
  const type = isMap ? `map<${entry.field.map(typeText).join(', ')}>` : typeText(field);
  const label = isMap
    ? ''
    : field.label === Label.repeated
      ? 'repeated '
      : field.label === Label.required
        ? 'required '
        : field.proto3Optional
          ? 'optional '
          : '';
  const options = [
    ...(field.defaultValue === undefined ? [] : [`default = ${defaultText(field)}`]),
    ...(field.jsonName === undefined || field.jsonName === '' || field.jsonName === localNameOf(field.name)
      ? []
      : [`json_name = ${JSON.stringify(field.jsonName)}`]),
    ...Object.entries(readOptions('FieldOptions', field.options))
      .filter(([name]) => name === 'packed' || name === 'deprecated')
      .map(([name, value]) => `${name} = ${String(value)}`),
  ];
  return `${label}${type} ${field.name} = ${field.number}${options.length === 0 ? '' : ` [${options.join(', ')}]`}`;
}

function defaultText({ type, defaultValue = '' }: FieldDescriptor): string {
  const name = fieldTypes[type ?? 0];
  if (name === 'bytes') return `"${defaultValue}"`;
  return name === 'string' ? JSON.stringify(defaultValue) : defaultValue;
}

function typeText({ type, typeName }: FieldDescriptor): string {
  const name = fieldTypes[type ?? 0];
  if (name === 'group') return `group ${bare(typeName ?? '')}`;
  return typeName === undefined || typeName === '' ? (name ?? 'unknown') : bare(typeName);
}

function enumText({ name, value }: EnumDescriptor, indent: string): string {
  const values = value.map((one) => `${indent}  ${one.name} = ${one.number ?? 0};\n`);
  return `${indent}enum ${name} {\n${values.join('')}${indent}}\n`;
}

function isMapEntry({ options }: MessageDescriptor): boolean {
  return readOptions('MessageOptions', options).mapEntry === true;
}

function bare(typeName: string): string {
  return typeName.replace(/^\./, '');
}
