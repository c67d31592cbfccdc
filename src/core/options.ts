import { suggest } from './suggest.ts';

/** Refuses an option that nobody would read: a TypeError that names it and the nearest known one. */
export function checkOptions(where: string, options: object, known: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    const near = suggest(name, known);
    const hint = near === undefined ? `wanted one of ${known.join(', ')}` : `did you mean "${near}"?`;
    throw new TypeError(`Cannot use option "${name}" of ${where}: it is unknown, ${hint}`);
  }
}

/** A RangeError unless the value is a number above zero; undefined stands for the default. */
export function checkPositive(name: string, value: unknown): void {
  if (value === undefined || (typeof value === 'number' && value > 0)) return;
  throw new RangeError(`Cannot use ${name} ${String(value)}: wanted a number above 0`);
}

/** A RangeError unless the value is a number, zero or above; undefined stands for the default. */
export function checkNotNegative(name: string, value: unknown): void {
  if (value === undefined || (typeof value === 'number' && value >= 0)) return;
  throw new RangeError(`Cannot use ${name} ${String(value)}: wanted a number, 0 or above`);
}

/** A TypeError unless the value is a list of texts; undefined stands for the default. */
export function checkTexts(name: string, value: unknown): void {
  if (value === undefined || (Array.isArray(value) && value.every((item) => typeof item === 'string'))) return;
  throw new TypeError(`Cannot use ${name} ${JSON.stringify(value)}: wanted a list of strings`);
}
