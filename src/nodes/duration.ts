/** A length of time in a spec: `200ms`, `1s`, `1m30s`, `1.5h`; a number is milliseconds. */
export type Duration = string | number;

const number = String.raw`(\d{1,12}(?:\.\d{1,9})?)`;
const grammar = new RegExp(`^(?:${number}h)?(?:${number}m(?!s))?(?:${number}s)?(?:${number}ms)?$`);
const unitsMs = [3_600_000, 60_000, 1_000, 1];

/** Milliseconds of a duration, never negative; undefined when the value is not one. */
export function parseDuration(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) && value >= 0 ? value : undefined;
  if (typeof value !== 'string' || value === '') return undefined;
  const match = grammar.exec(value);
  if (match === null) return undefined;
  return unitsMs.reduce((total, unitMs, index) => total + Number(match[index + 1] ?? 0) * unitMs, 0);
}
