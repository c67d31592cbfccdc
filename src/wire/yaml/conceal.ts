import type { TextProblem } from './problem.ts';

const shown = '…';

/**
 * The problem without anything that the text says, for texts that hold secrets: an alias, a tag or a directive may be the beginning of one that
 * somebody forgot to quote. Where it is stays.
 */
export function concealed(problem: TextProblem, text: string): TextProblem {
  const start = `Cannot read "${problem.file}": `;
  const known = problem.message.startsWith(start) ? start : '';
  const rest = problem.message
    .slice(known.length)
    .replace(/"(?:[^"\\]|\\.)*"/g, `"${shown}"`)
    .replace(/[\p{L}\p{N}_]{3,}/gu, (word) => (text.includes(word) ? shown : word));
  return { ...problem, message: `${known}${rest}` };
}
