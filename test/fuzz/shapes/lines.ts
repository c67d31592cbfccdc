import { type Mutation, spliced } from '../mutation.ts';

const token = /[\w$.-]+|"[^"\n]*"|'[^'\n]*'/g;

/** Changes to text of lines and tokens: each stays one, in another place or with another content. */
export const lines: readonly Mutation[] = [
  // A token for another, or for a word: what is compared with a whole name or value is reached by these alone.
  (input, { dice, word }) => replaced(input, token, dice.below, word()),
  (input, { dice, word }) => replaced(input, token, dice.below, word()),
  (input, { dice, other }) => replaced(input, token, dice.below, pieceOf(other(), token, dice.below)),
  (input, { dice, other }) => replaced(input, /[^\n]+/g, dice.below, pieceOf(other(), /[^\n]+/g, dice.below)),
  (input, { dice, word }) => replaced(input, /[^\n]+/g, dice.below, word()),
  (input, { dice, word }) => replaced(input, /(?<=[:=] ?)[^\n]+/g, dice.below, word()),
  rearranged((all, from, to) => all.splice(to, 0, all[from]!)),
  rearranged((all, from) => all.splice(from, 1)),
  rearranged((all, from, to) => {
    [all[from], all[to]] = [all[to]!, all[from]!];
  }),
  // Deeper, or less deep.
  rearranged((all, from) => all.splice(from, 1, `  ${all[from]!}`)),
  rearranged((all, from) => all.splice(from, 1, all[from]!.replace(/^ {1,2}/, ''))),
  // In brackets of some kind, so often.
  (input, { dice }) => {
    const text = input.toString('latin1');
    const found = dice.pick([...text.matchAll(token), undefined]);
    if (found === undefined) return input;
    const [open, close] = dice.pick(['()', '[]', '{}', '""'].map((pair) => [...pair]));
    const times = dice.chance(0.1) ? 1 + dice.below(200) : 1 + dice.below(3);
    const nested = open!.repeat(times) + found[0] + close!.repeat(times);
    return spliced(input, found.index, found.index + found[0].length, Buffer.from(nested, 'latin1'));
  },
];

type Below = (count: number) => number;

function replaced(input: Buffer, pattern: RegExp, below: Below, piece: Buffer | undefined): Buffer {
  const found = [...input.toString('latin1').matchAll(pattern)];
  const match = found[below(found.length)];
  if (match === undefined || piece === undefined) return input;
  // Quotes stay.
  const quoted = /^["']/.test(match[0]) ? 1 : 0;
  return spliced(input, match.index + quoted, match.index + match[0].length - quoted, piece);
}

function pieceOf(input: Buffer, pattern: RegExp, below: Below): Buffer | undefined {
  const found = input.toString('latin1').match(pattern);
  return found === null ? undefined : Buffer.from(found[below(found.length)]!, 'latin1');
}

function rearranged(change: (all: string[], from: number, to: number) => void): Mutation {
  return (input, { dice }) => {
    const all = input.toString('latin1').split('\n');
    change(all, dice.below(all.length), dice.below(all.length));
    return Buffer.from(all.join('\n'), 'latin1');
  };
}
