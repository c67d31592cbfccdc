import { codecStyle } from '../codec-options.ts';
import type { DescriptorIndex } from '../descriptor-index.ts';
import { descriptorSchema } from '../descriptor-schema.ts';
import { type MessageType, typeOf } from '../message-type.ts';
import { type FieldSchema, MessageSchema } from '../schema.ts';
import type { OptionValue, ParsedOption } from './option.ts';
import type { ParsedProto, PendingOptions } from './parse-proto.ts';
import { ProtoSyntaxError } from './token.ts';

const style = codecStyle();

/** Writes the options that descriptor.proto itself declares; linking needs some of them. */
export function interpretStandardOptions(proto: ParsedProto): void {
  for (const pending of proto.options) {
    interpret(
      proto,
      pending,
      pending.options.filter((option) => !isCustom(option)),
      undefined,
    );
  }
}

/** Writes custom options such as `google.api.http`, whose extensions the index knows. Those it does not know are left out. */
export function interpretCustomOptions(proto: ParsedProto, index: DescriptorIndex): void {
  for (const pending of proto.options) interpret(proto, pending, pending.options.filter(isCustom), index);
}

/** Whether a file has options that need extensions. */
export function hasCustomOptions(proto: ParsedProto): boolean {
  return proto.options.some(({ options }) => options.some(isCustom));
}

function isCustom({ name }: ParsedOption): boolean {
  return name.some((part) => part.startsWith('('));
}

function interpret(
  proto: ParsedProto,
  { target, kind }: PendingOptions,
  options: readonly ParsedOption[],
  index: DescriptorIndex | undefined,
): void {
  if (options.length === 0) return;
  const schema = descriptorSchema(kind);
  const known = new Map<string, FieldType | undefined>();
  // Serialized messages that follow each other merge, so options add up.
  const parts = target.options === undefined ? [] : [target.options];
  for (const option of options) {
    const [first, ...rest] = option.name as [string, ...string[]];
    if (!known.has(first)) known.set(first, fieldType(schema, findField(schema, first, proto, index)));
    const found = known.get(first);
    if (found === undefined) continue;
    const { field, type } = found;
    try {
      const value = nested(field, rest, option.value);
      if (value !== undefined) parts.push(type.encode({ [field.localName]: value }));
    } catch (error) {
      const reason = error instanceof Error ? error.message.replace(/^.*?: Cannot encode [^:]*: /, '') : String(error);
      throw new ProtoSyntaxError(proto.descriptor.name, option.line, `option "${option.name.join('.')}": ${reason}`);
    }
  }
  if (parts.length > 0) target.options = Buffer.concat(parts);
}

/** A message that has one field. */
interface FieldType {
  readonly field: FieldSchema;
  readonly type: MessageType;
}

function fieldType({ name, descriptor }: MessageSchema, field: FieldSchema | undefined): FieldType | undefined {
  return field && { field, type: typeOf(new MessageSchema(name, descriptor, () => [field]), style) };
}

function isExtension(part: string): boolean {
  return part.startsWith('(');
}

function findField(
  { name: message, fields }: MessageSchema,
  written: string,
  { descriptor }: ParsedProto,
  index: DescriptorIndex | undefined,
): FieldSchema | undefined {
  if (!isExtension(written)) return fields.find(({ name }) => name === written);
  const names = namesOf(written.slice(1, -1), descriptor.package ?? '');
  return index?.extensions.get(message)?.find(({ name }) => names.has(name))?.field;
}

/** What `api.http` may mean, written in package `google.x`: `google.api.http` among others. */
function namesOf(path: string, scope: string): ReadonlySet<string> {
  if (path.startsWith('.')) return new Set([path.slice(1)]);
  const scopes = scope.split('.').map((_, i, parts) => parts.slice(0, i + 1).join('.'));
  return new Set([path, ...scopes.map((outer) => `${outer}.${path}`)]);
}

/** The value of `(option).a.b = value` as the message of `option` has it. Undefined for parts nobody declares. */
function nested(field: FieldSchema, path: readonly string[], value: OptionValue): unknown {
  if (path.length === 0) return plainValue(field, value, field.list && !('list' in value));
  const inner = field.message?.fields.find(({ name }) => name === path[0]);
  const content = inner && nested(inner, path.slice(1), value);
  return content === undefined ? undefined : placed([[inner!, content]], field.list);
}

function placed(members: readonly (readonly [FieldSchema, unknown])[], inList: boolean): unknown {
  const message: Record<string, unknown> = {};
  for (const [field, content] of members) {
    const { localName, oneof } = field;
    const present = message[localName];
    if (oneof !== undefined) message[oneof.localName] = { case: localName, value: content };
    else if (present !== undefined && field.map !== undefined) addEntries(present as object, content as object);
    else if (Array.isArray(present)) for (const item of content as unknown[]) present.push(item);
    else message[localName] = content;
  }
  return inList ? [message] : message;
}

/** `__proto__` is a key like any other. */
function addEntries(entries: object, more: object): void {
  for (const [key, value] of Object.entries(more))
    Object.defineProperty(entries, key, { value, enumerable: true, writable: true, configurable: true });
}

function plainValue(field: FieldSchema, value: OptionValue, wrap: boolean): unknown {
  if ('list' in value) return value.list.flatMap((item) => plainValue(field, item, true) as unknown[]);
  const single = field.map === undefined ? singleValue(field, value) : mapEntry(field.map, value);
  return wrap ? [single] : single;
}

function mapEntry({ key, value }: { key: FieldSchema; value: FieldSchema }, written: OptionValue): unknown {
  const parts = new Map('fields' in written ? written.fields : []);
  const keyValue = parts.get('key');
  const content = parts.get('value');
  if (keyValue === undefined || content === undefined) throw new Error('wanted { key, value }');
  return { [String(singleValue(key, keyValue))]: singleValue(value, content) };
}

function singleValue(field: FieldSchema, value: OptionValue): unknown {
  if ('fields' in value) {
    const members = value.fields.flatMap(([name, content]) => {
      const inner = field.message?.fields.find((candidate) => candidate.name === name);
      return inner === undefined
        ? []
        : [[inner, plainValue(inner, content, inner.list && !('list' in content))] as const];
    });
    return placed(members, false);
  }
  if ('string' in value) {
    const bytes = Buffer.from(value.string, 'latin1');
    return field.type === 'bytes' ? bytes : bytes.toString('utf8');
  }
  if ('word' in value) {
    if (field.type === 'bool') return value.word === 'true' ? true : value.word === 'false' ? false : value.word;
    return field.type === 'enum' ? value.word : numberOf(value.word);
  }
  if ('number' in value && field.type.endsWith('64')) return BigInt(value.number);
  return 'number' in value ? numberOf(value.number) : undefined;
}

function numberOf(text: string): number {
  const special = {
    inf: Number.POSITIVE_INFINITY,
    '-inf': Number.NEGATIVE_INFINITY,
    nan: Number.NaN,
    '-nan': Number.NaN,
  }[text];
  if (special !== undefined) return special;
  if (/^-?0[0-7]+$/.test(text)) return Number.parseInt(text, 8);
  return text.startsWith('-') ? -Number(text.slice(1)) : Number(text);
}
