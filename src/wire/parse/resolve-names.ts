import { didYouMean } from '../../core/suggest.ts';
import { type FieldDescriptor, fieldTypes, type MessageDescriptor } from '../descriptor.ts';
import type { DescriptorIndex } from '../descriptor-index.ts';
import { maxNameLength } from '../full-name.ts';
import type { ParsedProto } from './parse-proto.ts';
import { ProtoSyntaxError } from './token.ts';

type Kind = 'message' | 'enum';

/**
 * Turns the type names of a parsed file into full ones, `.helloworld.HelloRequest`, by protobuf's scoping rules.
 * `visible` are the files that it imports, directly or publicly.
 */
export function resolveNames(proto: ParsedProto, imported: DescriptorIndex, visible: ReadonlySet<string>): void {
  const { descriptor } = proto;
  const known = new Map<string, Kind>();
  const isVisible = (name: string) => visible.has(imported.symbols.get(name)!);
  for (const name of imported.messages.keys()) if (isVisible(name)) known.set(name, 'message');
  for (const name of imported.enums.keys()) if (isVisible(name)) known.set(name, 'enum');
  const root = descriptor.package ?? '';
  declare(root, descriptor.messageType, descriptor.enumType);

  for (const field of descriptor.extension) resolveField(root, field);
  for (const message of descriptor.messageType) resolveMessage(root, message);
  for (const service of descriptor.service) {
    for (const method of service.method) {
      method.inputType = messageName(join(root, service.name), method.inputType, method);
      method.outputType = messageName(join(root, service.name), method.outputType, method);
    }
  }

  function declare(scope: string, messages: readonly MessageDescriptor[], enums: readonly { name: string }[]): void {
    for (const node of [...enums, ...messages]) {
      const { length } = join(scope, node.name);
      if (length > maxNameLength) fail(node, `a full name has ${length} characters, wanted at most ${maxNameLength}`);
    }
    for (const { name } of enums) known.set(join(scope, name), 'enum');
    for (const { name, nestedType, enumType } of messages) {
      known.set(join(scope, name), 'message');
      declare(join(scope, name), nestedType, enumType);
    }
  }

  function resolveMessage(scope: string, message: MessageDescriptor): void {
    const name = join(scope, message.name);
    for (const field of message.field) resolveField(name, field);
    for (const extension of message.extension) resolveField(name, extension);
    for (const nested of message.nestedType) resolveMessage(name, nested);
  }

  function resolveField(scope: string, field: FieldDescriptor): void {
    if (field.extendee !== undefined) field.extendee = messageName(scope, field.extendee, field);
    if (field.typeName === undefined) return;
    const name = find(scope, field.typeName, field);
    field.typeName = `.${name}`;
    field.type ??= fieldTypes.indexOf(known.get(name)!);
  }

  function messageName(scope: string, written: string, node: object): string {
    const name = find(scope, written, node);
    if (known.get(name) === 'message') return `.${name}`;
    return fail(node, `"${written}" is an enum, wanted a message`);
  }

  function find(scope: string, written: string, node: object): string {
    if (written.startsWith('.') && known.has(written.slice(1))) return written.slice(1);
    for (let outer = scope; !written.startsWith('.'); outer = outer.slice(0, Math.max(0, outer.lastIndexOf('.')))) {
      const name = join(outer, written);
      if (known.has(name)) return name;
      if (outer === '') break;
    }
    const hidden = imported.symbols.get(written.replace(/^\./, '')) ?? imported.symbols.get(join(root, written));
    if (hidden !== undefined) return fail(node, `type "${written}" is in "${hidden}", which this file does not import`);
    return fail(node, `type "${written}" is not declared here or in an import${didYouMean(written, shortNames(root))}`);
  }

  function* shortNames(scope: string): Iterable<string> {
    for (const name of known.keys()) yield name.startsWith(`${scope}.`) ? name.slice(scope.length + 1) : name;
  }

  function fail(node: object, text: string): never {
    throw new ProtoSyntaxError(descriptor.name, proto.lines.get(node) ?? 1, text);
  }
}

function join(scope: string, name: string): string {
  return scope === '' ? name : `${scope}.${name}`;
}
