import { type GraphUpdate, type NodeSpec, type Problem, readSpecs } from '../graph/index.ts';
import type { StoredValue } from '../graph/values.ts';
import type { Document, Stored } from '../stores/index.ts';
import { positionOf } from '../wire/yaml/position.ts';
import { quote, textProblem } from '../wire/yaml/problem.ts';

/** The graph that stored specs and values describe, with what is wrong with them, and `others`. */
export function updateOf(
  storedSpecs: Iterable<Stored>,
  storedValues: Iterable<Stored>,
  others: readonly Problem[],
): GraphUpdate {
  const specs: NodeSpec[] = [];
  const problems: Problem[] = [];
  const revisions = new Map<string, number>();
  for (const { document, revision } of storedSpecs) {
    const read = specOf(document);
    if (read.spec !== undefined) specs.push(read.spec);
    problems.push(...read.problems);
    revisions.set(document.id, revision);
  }
  const values: StoredValue[] = [];
  for (const { document } of storedValues) {
    values.push(storedValue(document));
    problems.push(...valueProblems(document));
  }
  return { specs, problems: [...problems, ...others], values, revisions };
}

/** What a document of a spec store says. */
interface ReadSpec {
  /** Undefined when it is no spec at all. */
  readonly spec: NodeSpec | undefined;
  readonly problems: readonly Problem[];
}

// Documents are frozen: the same one is read once, and gives the same spec each time.
const readOnce = new WeakMap<Document, ReadSpec>();
const valueOnce = new WeakMap<Document, StoredValue>();

/** The node that a document describes. Problems carry its id, so that what runs of it goes on. */
function specOf(document: Document): ReadSpec {
  let read = readOnce.get(document);
  if (read === undefined) {
    const { id, namespace } = document;
    const {
      specs: [spec],
      problems,
    } = readSpecs([document], { file: '<store>', namespace });
    read = { spec, problems: problems.map((problem) => ({ ...problem, id: problem.id ?? id })) };
    readOnce.set(document, read);
  }
  return read;
}

/** The value that a document is. */
function storedValue(document: Document): StoredValue {
  let value = valueOnce.get(document);
  if (value === undefined) {
    const { id, namespace, name, annotations, data = null } = document;
    const noted = annotations !== undefined && { annotations };
    value = Object.freeze({ id, namespace, ...(name !== undefined && { name }), ...noted, data });
    valueOnce.set(document, value);
  }
  return value;
}

/** What is wrong with a document as a value. */
function valueProblems(document: Document): Problem[] {
  if (document.data !== undefined) return [];
  const label = quote(document.name ?? document.id);
  return [
    { ...textProblem(`Cannot read value ${label}: missing field "data"`, positionOf(document)), id: document.id },
  ];
}
