/** `, did you mean "x"?` for the known name nearest to a mistyped one; empty when none is near. */
export function suggestion(name: string, known: Iterable<string>): string {
  let best: string | undefined;
  let least = Math.max(2, Math.ceil(name.length / 3)) + 1;
  for (const candidate of known) {
    const steps = distance(fold(name), fold(candidate), least);
    if (steps < least) [best, least] = [candidate, steps];
  }
  return best === undefined ? '' : `, did you mean "${best}"?`;
}

function fold(name: string): string {
  return name.replaceAll('_', '').toLowerCase();
}

/** Edits between two texts (Levenshtein), or `limit` when there are at least that many. */
function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
