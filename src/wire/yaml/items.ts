import type { PlacedDocument } from './documents.ts';
import { positionOf } from './position.ts';

/** What the documents of a text hold: each by itself, and each item of those that are lists. */
export function itemsOf(documents: readonly PlacedDocument[]): PlacedDocument[] {
  return documents.flatMap(({ value, at }) =>
    Array.isArray(value)
      ? value.map((item: unknown, index) => ({ value: item, at: positionOf(value, [index]) ?? at }))
      : [{ value, at }],
  );
}
