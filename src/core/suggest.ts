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
    const edits = distance(folded, candidate, least);
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
  // What is lower case may be longer.
  return name.slice(0, longest).toLowerCase().replaceAll(/[-_]/g, '').slice(0, longest);
}

let older = new Uint8Array(longest + 1);
let last = new Uint8Array(longest + 1);
let current = new Uint8Array(longest + 1);

/**
 * Edits from one text to the other: insert, delete, replace, or swap two neighbours (optimal string alignment). Once there are `most`, it is not
 * looked for how many more.
 */
function distance(from: string, to: string, most: number): number {
  for (let column = 0; column <= to.length; column++) last[column] = column;
  for (let row = 1; row <= from.length; row++) {
    const letter = from.charCodeAt(row - 1);
    current[0] = row;
    let left = row;
    let least = row;
    for (let column = 1; column <= to.length; column++) {
      const other = to.charCodeAt(column - 1);
      let edits = Math.min(last[column - 1]! + (letter === other ? 0 : 1), last[column]! + 1, left + 1);
      if (row > 1 && column > 1 && letter === to.charCodeAt(column - 2) && from.charCodeAt(row - 2) === other)
        edits = Math.min(edits, older[column - 2]! + 1);
      current[column] = left = edits;
      if (edits < least) least = edits;
    }
    [older, last, current] = [last, current, older];
    // A swap takes from two rows before, and adds one to it.
    if (least > most) return least;
  }
  return last[to.length]!;
}
