/**
 * The known name that `wrong` was probably meant to be, for "did you mean"; undefined when none is near.
 * Near is one edit for every three characters (at least one, of three or more); case and `-`/`_` do not count, and the first of equals wins.
 */
export function suggest(wrong: string, known: Iterable<string>): string | undefined {
  const folded = fold(wrong);
  let best: string | undefined;
  let least = Math.max(1, Math.floor(folded.length / 3)) + 1;
  for (const name of known) {
    const candidate = fold(name);
    if (Math.abs(candidate.length - folded.length) >= least) continue;
    const edits = distance(folded, candidate);
    if (edits < least && edits * 2 < Math.max(folded.length, candidate.length)) [best, least] = [name, edits];
  }
  return best;
}

/** `, did you mean "x"?` to end an error with; empty when no known name is near. */
export function didYouMean(wrong: string, known: Iterable<string>): string {
  const near = suggest(wrong, known);
  return near === undefined ? '' : `, did you mean "${near}"?`;
}

/** Names beyond this length are cut: what is suggested is typed by hand, and the cost is the product of the lengths. */
const longest = 64;

function fold(name: string): string {
  return name.slice(0, longest).toLowerCase().replaceAll(/[-_]/g, '');
}

/** Edits from one text to the other: insert, delete, replace, or swap two neighbours (optimal string alignment). */
function distance(from: string, to: string): number {
  let older: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const replaced = last[column - 1]! + (from[row - 1] === to[column - 1] ? 0 : 1);
      let edits = Math.min(replaced, last[column]! + 1, current[column - 1]! + 1);
      if (row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]) {
        edits = Math.min(edits, older[column - 2]! + 1);
      }
      current.push(edits);
    }
    [older, last] = [last, current];
  }
  return last[to.length]!;
}
