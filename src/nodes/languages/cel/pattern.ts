import { RE2JS } from '@bufbuild/re2';
import { charge } from './meter.ts';

const longestPattern = 1_000;
const maxKept = 200;
const kept = new Map<string, RE2JS>();

/** Whether a text has a part that matches a pattern of RE2, in time linear in the text. */
export function matchesPattern(text: string, pattern: string): boolean {
  const found = compiled(pattern);
  charge((text.length + 1) * Math.ceil(sizeOf(found) / 2));
  return found.test(text);
}

/** The patterns used last are kept, most of them are literals. */
function compiled(pattern: string): RE2JS {
  let found = kept.get(pattern);
  if (found === undefined) {
    if (pattern.length > longestPattern)
      throw new RangeError(`a pattern of ${pattern.length} characters is too long: wanted at most ${longestPattern}`);
    charge(pattern.length * (100 + 4 * repeatsOf(pattern)));
    found = new RE2JS(pattern);
    charge(sizeOf(found) * 100);
    if (kept.size >= maxKept) kept.delete(kept.keys().next().value!);
    kept.set(pattern, found);
  }
  return found;
}

/** Instructions, which repeats are written out in. */
function sizeOf({ re2Input }: RE2JS): number {
  return re2Input.prog.numInst();
}

/** How often parts of a pattern are written out, at most. */
function repeatsOf(pattern: string): number {
  let repeats = 0;
  for (const [, least, most] of pattern.matchAll(/\{(\d{1,9})(?:,(\d{0,9}))?\}/g)) repeats += Number(most || least);
  return repeats;
}
