import { didYouMean } from '../core/suggest.ts';
import { Refusal, refusal } from './refusal.ts';
import type { Fields, MessageSchema } from './schema.ts';

/** Ends encoding at a property that is no field; undefined and inherited ones are nobody's. */
export function refuseUnknown(schema: MessageSchema, message: Fields, key: string, known: ReadonlySet<string>): void {
  if (message[key] === undefined || !Object.hasOwn(message, key)) return;
  const member = schema.fields.find(
    (field) => field.oneof !== undefined && (field.localName === key || field.name === key),
  );
  const text = member
    ? `is a member of a oneof: write ${member.oneof!.localName}: { case: "${member.localName}", value }`
    : `is not a field of ${schema.name}${didYouMean(key, known)}`;
  throw refusal(text).within(key);
}

/** Objects such as Map and Date keep their content where no field is found: writing them as empty would lose it. */
export function refuseForeign(wanted: string, value: object, known?: ReadonlySet<string>): void {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return;
  // A class may hold its fields behind getters; then they were written.
  if (
    known !== undefined &&
    [...known].some((name) => (value as Fields)[name] !== undefined && !(name in Object.prototype))
  )
    return;
  if (value instanceof Map || value instanceof Set || value instanceof Date || ArrayBuffer.isView(value))
    throw new Refusal(`a ${wanted}`, value);
}
