import type { MessageDescriptor } from '../descriptor.ts';
import type { MessageContext } from './message-context.ts';

/** Every proto3 `optional` stands in a oneof of its own, after all real ones. */
export function addSyntheticOneofs(message: MessageDescriptor): void {
  const names = new Set([...message.field, ...message.oneofDecl, ...message.nestedType].map(({ name }) => name));
  for (const field of message.field) {
    if (!field.proto3Optional) continue;
    let name = `_${field.name}`;
    while (names.has(name)) name = `X${name}`;
    field.oneofIndex = message.oneofDecl.push({ name }) - 1;
  }
}

/** Refuses numbers and names that are taken twice or reserved. */
export function checkMessage({ cursor, lines }: MessageContext, message: MessageDescriptor): void {
  const numbers = new Map<number, string>();
  const names = new Set<string>();
  for (const { name, number } of message.field) {
    const line =
      lines.get(message.field.find((field) => field.name === name && field.number === number)!) ?? cursor.last.line;
    const fail = (text: string): never => cursor.fail(`field "${name}" of message "${message.name}" ${text}`, line);
    if (numbers.has(number)) fail(`has number ${number}, which "${numbers.get(number)}" has`);
    if (names.has(name)) fail('is declared twice');
    if (message.reservedName.includes(name)) fail('has a reserved name');
    if (message.reservedRange.some(({ start, end }) => number >= start && number < end))
      fail(`has number ${number}, which is reserved`);
    numbers.set(number, name);
    names.add(name);
  }
}
