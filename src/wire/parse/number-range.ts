import type { NumberRange } from '../descriptor.ts';
import type { Cursor } from './cursor.ts';

/** What `max` stands for, and whether a range holds its end: ranges of enums do, those of messages end before it. */
export interface RangeLimits {
  readonly end: number;
  readonly inclusive: boolean;
}

/** `reserved 1, 3 to 5, "name";`, with the keyword already taken. */
export function reservedStatement(
  cursor: Cursor,
  target: { reservedRange: NumberRange[]; reservedName: string[] },
  limits: RangeLimits,
): void {
  do {
    if (cursor.next.kind === 'string') target.reservedName.push(cursor.string('a name'));
    else if (cursor.next.kind === 'word') target.reservedName.push(cursor.word('a name'));
    else target.reservedRange.push(numberRange(cursor, limits));
  } while (cursor.skip(','));
  cursor.expect(';', 'after reserved names or numbers');
}

/** `3`, `3 to 5` or `3 to max`. */
export function numberRange(cursor: Cursor, { end, inclusive }: RangeLimits): NumberRange {
  const start = cursor.integer('a number');
  const last = cursor.skip('to') ? (cursor.skip('max') ? end : cursor.integer('a number')) : start;
  return { start, end: inclusive ? last : last + 1 };
}
