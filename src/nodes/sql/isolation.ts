import { checked } from '../schema.ts';
import { type Isolation, isolations } from './engine.ts';

/** Levels by the numbers that Go's database/sql has for them. */
const numbers: Readonly<Record<number, Isolation>> = {
  0: 'default',
  1: 'read uncommitted',
  2: 'read committed',
  4: 'repeatable read',
  6: 'serializable',
};

/** A field that is an isolation level: its name, or the number that it has in Go. */
export const isolation = checked(`one of ${isolations.join(', ')}`, (value): Isolation | undefined => {
  if (typeof value === 'number') return numbers[value];
  return typeof value === 'string' ? isolations.find((level) => level === value.toLowerCase()) : undefined;
});
