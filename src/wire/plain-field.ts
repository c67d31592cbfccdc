import { didYouMean } from '../core/suggest.ts';
import { refusal, shown } from './refusal.ts';
import { scalars } from './scalar.ts';
import type { EnumSchema, FieldSchema } from './schema.ts';

/** Scalars and enums alike: how a value is checked and written behind its tag. */
export function plainField(field: FieldSchema) {
  const scalar = scalars[field.type === 'enum' ? 'int32' : (field.type as 'int32')];
  const check = field.enum === undefined ? scalar.check : (enumCheck(field.enum) as typeof scalar.check);
  return {
    check,
    isZero: scalar.isZero,
    write: scalar.write,
    wire: scalar.wire,
    tag: tagOf(field.number, scalar.wire),
  };
}

function enumCheck({ name, numbers }: EnumSchema): (value: unknown) => number {
  const { check } = scalars.int32;
  return (value) => {
    if (typeof value === 'number') return check(value);
    const number = typeof value === 'string' ? numbers.get(value) : undefined;
    if (number !== undefined) return number;
    const hint = typeof value === 'string' ? didYouMean(value, numbers.keys()) : '';
    throw refusal(`wanted a value of ${name}, got ${shown(value)}${hint}`);
  };
}

/** The number that stands before a value on the wire. */
export function tagOf(number: number, wire: number): number {
  return ((number << 3) | wire) >>> 0;
}
