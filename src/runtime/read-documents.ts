import { type NodeSpec, type Problem, readSpecs } from '../graph/index.ts';
import type { StoredValue } from '../graph/values.ts';
import type { Document } from '../stores/index.ts';
import { positionOf } from '../wire/yaml/position.ts';
import { quote, textProblem } from '../wire/yaml/problem.ts';

/** What a document of a spec store says. */
export interface ReadSpec {
  /** Undefined when it is no spec at all. */
  readonly spec: NodeSpec | undefined;
  readonly problems: readonly Problem[];
}

// Documents are frozen: the same one is read once, and gives the same spec each time.
const specs = new WeakMap<Document, ReadSpec>();
const values = new WeakMap<Document, StoredValue>();

/** The node that a document describes. Problems carry its id, so that what runs of it goes on. */
export function specOf(document: Document): ReadSpec {
  let read = specs.get(document);
  if (read === undefined) {
    const { id, namespace } = document;
    const {
      specs: [spec],
      problems,
    } = readSpecs([document], { file: '<store>', namespace });
    read = { spec, problems: problems.map((problem) => ({ ...problem, id: problem.id ?? id })) };
    specs.set(document, read);
  }
  return read;
}

/** The value that a document is. */
export function storedValue(document: Document): StoredValue {
  let value = values.get(document);
  if (value === undefined) {
    const { id, namespace, name, annotations, data = null } = document;
    const noted = annotations !== undefined && { annotations };
    value = Object.freeze({ id, namespace, ...(name !== undefined && { name }), ...noted, data });
    values.set(document, value);
  }
  return value;
}

/** What is wrong with a document as a value. */
export function valueProblems(document: Document): Problem[] {
  if (document.data !== undefined) return [];
  const label = quote(document.name ?? document.id);
  return [
    { ...textProblem(`Cannot read value ${label}: missing field "data"`, positionOf(document)), id: document.id },
  ];
}
