import { isAlias, isMap, isNode, isScalar, isSeq, type Node, type YAMLMap, type YAMLSeq } from 'yaml';
import { isRefusedName } from '../../core/refused-name.ts';
import { concealed } from './conceal.ts';
import { type Position, place, placeEntry } from './position.ts';
import { quote, type TextProblem, textProblem } from './problem.ts';
import { limits, parseSyntax } from './syntax.ts';

/** One document of a text, as plain values, and where it starts. Places inside it are found with `positionOf`. */
export interface PlacedDocument {
  readonly value: unknown;
  readonly at: Position;
}

/** The documents of a text that were right, and what was wrong with the others. */
export interface Documents {
  readonly documents: readonly PlacedDocument[];
  readonly problems: readonly TextProblem[];
}

export interface ReadDocumentsOptions {
  /** Leaves out of problems what the text says: it may be secret. */
  conceal?: boolean;
}

/**
 * Reads YAML 1.2 or JSON into plain values, whatever the text is: keys are strings, aliases are copied, integers beyond 53 bits
 * are bigint. Duplicate keys, tags, merge keys, keys that are not plain text and cyclic aliases are problems.
 */
export function readDocuments(
  text: string | Uint8Array,
  file: string,
  { conceal = false }: ReadDocumentsOptions = {},
): Documents {
  const { documents, problems } = readShown(text, file);
  if (!conceal || problems.length === 0) return { documents, problems };
  const plain = typeof text === 'string' ? text : Buffer.from(text).toString();
  return { documents, problems: problems.map((problem) => concealed(problem, plain)) };
}

function readShown(text: string | Uint8Array, file: string): Documents {
  const { documents, positionAt, problems } = parseSyntax(text, file);
  if (problems.length > 0) return { documents: [], problems };
  const budget = { values: limits.maxValues };
  const read: PlacedDocument[] = [];
  const found: TextProblem[] = [];
  for (const document of documents) {
    if (document.contents === null) continue;
    const reader = new Reader(positionAt, budget, file);
    const value = reader.read(document.contents, 0);
    if (reader.problems.length > 0) found.push(...reader.problems);
    else if (value !== null) read.push({ value, at: positionAt(document.contents.range?.[0] ?? 0) });
    if (budget.values < 0) break;
  }
  return { documents: read, problems: found.slice(0, limits.maxProblems) };
}

const allowedTags: ReadonlySet<string> = new Set(
  ['str', 'int', 'float', 'bool', 'null', 'map', 'seq'].map((name) => `tag:yaml.org,2002:${name}`),
);

/** Turns the syntax tree of one document into values. Ours and not the parser's: it counts, and it knows every position. */
class Reader {
  readonly problems: TextProblem[] = [];
  readonly #anchors = new Map<string, Node>();
  readonly #open = new Set<Node>();
  readonly #positionAt: (offset: number) => Position;
  readonly #budget: { values: number };
  readonly #file: string;

  constructor(positionAt: (offset: number) => Position, budget: { values: number }, file: string) {
    this.#positionAt = positionAt;
    this.#budget = budget;
    this.#file = file;
  }

  read(node: unknown, depth: number): unknown {
    if (!isNode(node)) return null;
    if (--this.#budget.values < 0) {
      if (this.#budget.values === -1)
        this.#refuse(node, `it has more than ${limits.maxValues} values, aliases counted in full`);
      return null;
    }
    if (isAlias(node)) return this.#readAlias(node, node.source, depth);
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, node);
    if (node.tag !== undefined && !allowedTags.has(node.tag)) {
      return this.#refuse(node, `tag ${quote(node.tag)} is not known`, 'write the value without a tag');
    }
    if (isScalar(node)) return narrow(node.value);
    if (depth >= limits.maxDepth) return this.#refuse(node, `it nests deeper than ${limits.maxDepth} levels`);
    this.#open.add(node);
    const value = isMap(node) ? this.#readMap(node, depth) : isSeq(node) ? this.#readList(node, depth) : null;
    this.#open.delete(node);
    return value;
  }

  #readAlias(alias: Node, source: string, depth: number): unknown {
    const target = this.#anchors.get(source);
    if (target === undefined) return this.#refuse(alias, `alias ${quote(source)} has no anchor before it`);
    if (this.#open.has(target)) return this.#refuse(alias, `alias ${quote(source)} is inside the value it stands for`);
    return this.read(target, depth);
  }

  #readList(list: YAMLSeq, depth: number): unknown[] {
    const values: unknown[] = [];
    place(values, this.#at(list));
    for (const item of list.items) {
      if (isNode(item)) placeEntry(values, values.length, this.#at(item));
      values.push(this.read(item, depth + 1));
    }
    return values;
  }

  #readMap(map: YAMLMap, depth: number): Record<string, unknown> {
    const fields: Record<string, unknown> = {};
    place(fields, this.#at(map));
    for (const { key: keyNode, value } of map.items) {
      const key = this.#readKey(keyNode, depth + 1);
      if (key === undefined) continue;
      if (Object.hasOwn(fields, key)) {
        this.#refuse(keyNode, `key ${quote(key)} appears twice in one mapping`, 'remove or rename one of them');
        continue;
      }
      placeEntry(fields, key, this.#at(keyNode));
      fields[key] = this.read(value, depth + 1);
    }
    return fields;
  }

  #readKey(node: unknown, depth: number): string | undefined {
    if (!isScalar(node) || node.value === null) {
      this.#refuse(node, 'a key must be plain text', 'quote it');
      return undefined;
    }
    const value = this.read(node, depth);
    const key = typeof value === 'string' ? value : (node.source ?? String(value));
    if (key === '<<') this.#refuse(node, 'merge keys are not read', 'repeat the fields, or alias one whole value');
    else if (isRefusedName(key)) this.#refuse(node, `key ${quote(key)} is not allowed`, 'choose another name');
    else return key;
    return undefined;
  }

  #at(node: unknown): Position {
    return this.#positionAt((isNode(node) && node.range?.[0]) || 0);
  }

  #refuse(node: unknown, reason: string, suggestion?: string): null {
    if (this.problems.length < limits.maxProblems) {
      this.problems.push(textProblem(`Cannot read "${this.#file}": ${reason}`, this.#at(node), suggestion));
    }
    return null;
  }
}

/** Integers up to 53 bits are numbers, as in packets. */
function narrow(value: unknown): unknown {
  if (typeof value !== 'bigint') return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
