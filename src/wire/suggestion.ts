import { suggest } from '../core/suggest.ts';

/** `, did you mean "x"?` for the known name nearest to a mistyped one; empty when none is near. */
export function suggestion(name: string, known: Iterable<string>): string {
  const near = suggest(name, known);
  return near === undefined ? '' : `, did you mean "${near}"?`;
}
