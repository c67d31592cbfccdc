import type { AstNode, Evaluator, Search } from './evaluator.ts';
import { matchesName } from './strings.ts';

/** What looks at all of its operands, however large they are, and how many letters of a text it gets through in a step: `lowerAscii` makes a text. */
const scanning: Readonly<Record<string, number>> = {
  ...Object.fromEntries(['==', '!=', 'in', '+', '<', '<=', '>', '>='].map((sign) => [sign, 64])),
  call: 16,
  rcall: 16,
};

/**
 * Readies an expression that was read: operands whose size counts are marked, and `matches` and mappings become ours. Gives the names that it uses, those of
 * comprehensions among them.
 */
export function prepare(root: AstNode): ReadonlySet<string> {
  const names = new Set<string>();
  const nodes: AstNode[] = [root];
  for (let node = nodes.pop(); node !== undefined; node = nodes.pop()) {
    if (node.op === 'id') names.add(String(node.args));
    if (node.op === 'map') node.setMeta('evaluate', mapping);
    if (node.op === 'rcall') {
      markSearch(node.args as unknown[]);
      renameMatches(node.args as unknown[]);
    }
    const parts = partsOf(node.args);
    const letters = Object.hasOwn(scanning, node.op) ? scanning[node.op] : undefined;
    if (letters !== undefined) for (const part of parts) part.lettersAStep = letters;
    nodes.push(...parts);
  }
  return names;
}

/** A mapping with all of its keys: the library leaves some out without a word. */
function mapping(evaluator: Evaluator, { args }: AstNode, context: unknown): object {
  const entries = args as readonly (readonly [AstNode, AstNode])[];
  return Object.fromEntries(
    entries.map(([key, value]) => [evaluator.run(key, context), evaluator.run(value, context)] as [string, unknown]),
  );
}

const searches: ReadonlySet<unknown> = new Set(['contains', 'indexOf', 'lastIndexOf', 'replace', 'split']);

/** What is sought is evaluated before the text: arguments come last to first. */
function markSearch([name, text, others]: unknown[]): void {
  const [sought] = partsOf(others);
  const [within] = partsOf(text);
  if (!searches.has(name) || sought === undefined || within === undefined) return;
  const search: Search = { letters: 0 };
  within.sought = { search, in: true };
  sought.sought = { search, in: false };
}

function renameMatches(args: unknown[]): void {
  if (args[0] === 'matches') args[0] = matchesName;
}

function partsOf(args: unknown): AstNode[] {
  if (Array.isArray(args)) return args.flatMap(partsOf);
  return typeof args === 'object' && args !== null && 'op' in args && 'args' in args ? [args as AstNode] : [];
}
