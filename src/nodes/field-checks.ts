import { type Check, checked } from './schema.ts';

/** A field that is true or false. */
export const flag: Check<boolean> = checked('true or false', (value) =>
  typeof value === 'boolean' ? value : undefined,
);

/** A field that is a whole number within bounds. */
export function wholeNumber(from: number, to: number): Check<number> {
  return checked(`a whole number from ${from} to ${to}`, (value) =>
    typeof value === 'number' && Number.isInteger(value) && value >= from && value <= to ? value : undefined,
  );
}

/** A field that is one of some words. */
export function oneOf<const T extends string>(words: readonly T[]): Check<T> {
  return checked(`one of ${words.join(', ')}`, (value) => words.find((word) => word === value));
}
