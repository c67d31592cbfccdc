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
