import type { MessageDescriptor, NumberRange } from '../descriptor.ts';
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
  const reservedNames = new Set(message.reservedName);
  const isReserved = within(message.reservedRange);
  for (const field of message.field) {
    const { name, number } = field;
    const line = lines.get(field) ?? cursor.last.line;
    const fail = (text: string): never => cursor.fail(`field "${name}" of message "${message.name}" ${text}`, line);
    if (numbers.has(number)) fail(`has number ${number}, which "${numbers.get(number)}" has`);
    if (names.has(name)) fail('is declared twice');
    if (reservedNames.has(name)) fail('has a reserved name');
    if (isReserved(number)) fail(`has number ${number}, which is reserved`);
    numbers.set(number, name);
    names.add(name);
  }
}

/** Whether a number is in one of the ranges, found by halving. */
function within(ranges: readonly NumberRange[]): (number: number) => boolean {
  const sorted = [...ranges].sort((a, b) => a.start - b.start);
  let furthest = Number.NEGATIVE_INFINITY;
  const ends = sorted.map(({ end }) => (furthest = Math.max(furthest, end)));
  return (number) => {
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (sorted[middle]!.start > number) high = middle;
      else low = middle + 1;
    }
    return low > 0 && number < ends[low - 1]!;
  };
}
