import { suggest } from '../core/suggest.ts';
import type { Position } from '../wire/yaml/position.ts';
import { quote, type TextProblem } from '../wire/yaml/problem.ts';

export { quote };

/** One thing wrong with a graph. Plain data: `JSON.stringify` is its form for machines. */
export interface Problem extends TextProblem {
  /** Service name of the node it concerns, when there is one. */
  readonly node?: string;
  /** Id of that node. */
  readonly id?: string;
  /** Not a fault: stored values, by name or id, that are not there yet. The node runs once they are. */
  readonly waitsFor?: { readonly values: readonly string[] };
}

/** What a problem says beside its message. */
export interface ProblemDetail {
  at?: Position;
  node?: string;
  id?: string;
  suggestion?: string;
  severity?: Problem['severity'];
  waitsFor?: readonly string[];
}

/** A problem as plain data, absent parts left out. */
export function problem(
  message: string,
  { at, node, id, suggestion, severity = 'error', waitsFor }: ProblemDetail = {},
): Problem {
  return {
    severity,
    message,
    ...(suggestion !== undefined && { suggestion }),
    ...at,
    ...(node !== undefined && { node }),
    ...(id !== undefined && { id }),
    ...(waitsFor !== undefined && { waitsFor: { values: waitsFor } }),
  };
}

/** A problem in one line: `graph.yaml:3:9: error: Cannot load node "a": unknown kind "iff", did you mean "if"?`. */
export function formatProblem({ file, line, column, severity, message, suggestion }: Problem): string {
  const where = file === undefined ? '' : `${file}:${line}:${column}: `;
  return `${where}${severity}: ${message}${suggestion === undefined ? '' : `, ${suggestion}`}`;
}

/** Problems for people, one a line; an empty text when there are none. */
export function formatProblems(problems: readonly Problem[]): string {
  return problems.map((one) => `${formatProblem(one)}\n`).join('');
}

/** The same problems by line and column within a file; files keep the order in which they first appear. */
export function sortProblems(problems: readonly Problem[]): Problem[] {
  const files = [...new Set(problems.map(({ file }) => file))];
  const order = new Map(files.map((file, index) => [file, index]));
  return [...problems].sort(
    (a, b) =>
      order.get(a.file)! - order.get(b.file)! ||
      (a.line ?? 0) - (b.line ?? 0) ||
      (a.column ?? 0) - (b.column ?? 0) ||
      0,
  );
}

/** Names that are compared with a wrong one, at most. */
const maxCompared = 500;

function* someOf(names: Iterable<string>): Iterable<string> {
  let left = maxCompared;
  for (const name of names)
    if (left-- > 0) yield name;
    else return;
}

const maxListed = 50;

/** Names for a message: `"in", "out"`. */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, maxListed).map(quote).join(', ');
  return names.length > maxListed ? `${shown} and ${names.length - maxListed} more` : shown;
}

/** The suggestion `did you mean "name"?`, when a known name is near. */
export function didYouMean(wrong: string, known: Iterable<string>): string | undefined {
  const name = suggest(wrong, someOf(known));
  return name === undefined ? undefined : `did you mean ${quote(name)}?`;
}
