import { codecStyle } from '../codec-options.ts';
import type { DescriptorIndex } from '../descriptor-index.ts';
import { descriptorSchema } from '../descriptor-schema.ts';
import { typeOf } from '../message-type.ts';
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
  const schema = descriptorSchema(kind);
  const extensions = index?.extensions.get(schema.name) ?? [];
  for (const option of options) {
    const [first, ...rest] = option.name as [string, ...string[]];
    const field = isExtension(first)
      ? extensions.find(({ name }) => namesExtension(first, name, proto.descriptor.package ?? ''))?.field
      : schema.fields.find(({ name }) => name === first);
    if (field === undefined) continue;
    try {
      const value = nested(field, rest, option.value);
      if (value === undefined) continue;
      const bytes = typeOf(new MessageSchema(schema.name, schema.descriptor, () => [field]), style).encode({
        [field.localName]: value,
      });
      // Serialized messages that follow each other merge, so options add up.
      target.options = Buffer.concat([target.options ?? new Uint8Array(0), bytes]);
    } catch (error) {
      const reason = error instanceof Error ? error.message.replace(/^.*?: Cannot encode [^:]*: /, '') : String(error);
      throw new ProtoSyntaxError(proto.descriptor.name, option.line, `option "${option.name.join('.')}": ${reason}`);
    }
  }
}

function isExtension(part: string): boolean {
  return part.startsWith('(');
}

/** Whether `(api.http)` written in package `google.x` means `google.api.http`. */
function namesExtension(written: string, name: string, scope: string): boolean {
  const path = written.slice(1, -1);
  if (path.startsWith('.')) return path.slice(1) === name;
  if (path === name) return true;
  const scopes = scope.split('.').map((_, i, parts) => parts.slice(0, i + 1).join('.'));
  return scopes.some((outer) => `${outer}.${path}` === name);
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
    else if (field.map !== undefined) message[localName] = { ...(present as object), ...(content as object) };
    else message[localName] = Array.isArray(present) ? [...present, ...(content as unknown[])] : content;
  }
  return inList ? [message] : message;
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
