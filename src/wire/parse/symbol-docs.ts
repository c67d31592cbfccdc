import type { EnumDescriptor, MessageDescriptor } from '../descriptor.ts';
import type { ParsedProto } from './parse-proto.ts';

/** Comments of a file by full name of what they describe; values of an enum are under the enum: `pkg.Color.RED`. */
export function symbolDocs({ descriptor, docs }: ParsedProto): Map<string, string> {
  const found = new Map<string, string>();
  const scope = descriptor.package ?? '';
  for (const message of descriptor.messageType) ofMessage(scope, message);
  for (const declared of descriptor.enumType) ofEnum(scope, declared);
  for (const service of descriptor.service) {
    const name = note(scope, service);
    for (const method of service.method) note(name, method);
  }
  return found;

  function ofMessage(outer: string, message: MessageDescriptor): void {
    const name = note(outer, message);
    for (const part of [...message.field, ...message.oneofDecl]) note(name, part);
    for (const nested of message.nestedType) ofMessage(name, nested);
    for (const nested of message.enumType) ofEnum(name, nested);
  }

  function ofEnum(outer: string, declared: EnumDescriptor): void {
    const name = note(outer, declared);
    for (const value of declared.value) note(name, value);
  }

  function note(outer: string, node: { name: string }): string {
    const name = outer === '' ? node.name : `${outer}.${node.name}`;
    const doc = docs.get(node);
    if (doc !== undefined) found.set(name, doc);
    return name;
  }
}
