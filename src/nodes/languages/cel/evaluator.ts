import { charge, weigh } from './meter.ts';

/** A part of an expression, as the library has it. */
export interface AstNode {
  readonly op: string;
  readonly args: unknown;
  /** Ours: what it gives is looked at whole by what is around it, so many letters of a text in a step. */
  lettersAStep?: number;
  /** Ours: a text that another is sought in, or that other one. */
  sought?: { readonly search: Search; readonly in: boolean };
  evaluate(evaluator: Evaluator, ast: AstNode, context: unknown): unknown;
  setMeta(name: 'evaluate', evaluate: AstNode['evaluate']): unknown;
}

/** What the library walks an expression with. */
export interface Evaluator {
  run(ast: AstNode, context: unknown): unknown;
  debugType(value: unknown): unknown;
  readonly objectTypesByConstructor: ReadonlyMap<unknown, { readonly type: unknown }>;
}

/** A place in an expression where a text is sought in another: at worst, each letter of the one is compared with each of the other. */
export interface Search {
  letters: number;
}

/** Counts the steps of evaluations, and lets values be of classes that the library does not know. */
export function adaptEvaluator(evaluator: Evaluator): void {
  const { debugType, objectTypesByConstructor } = evaluator;
  evaluator.run = function run(ast, context) {
    charge(1);
    const result = ast.evaluate(this, ast, context);
    if (ast.lettersAStep !== undefined) {
      weigh(result, ast.lettersAStep);
      if (ast.sought !== undefined && typeof result === 'string') seek(ast.sought, result);
    }
    return hidesItsClass(result) ? entriesOf(result) : result;
  };
  evaluator.debugType = function typeOf(value) {
    if (hidesItsClass(value)) return debugType.call(this, noEntries);
    const known = value instanceof Uint8Array ? Uint8Array : value instanceof Error ? Error : undefined;
    const type = known && objectTypesByConstructor.get(known)?.type;
    return type ?? debugType.call(this, value);
  };
}

function seek({ search, in: within }: NonNullable<AstNode['sought']>, { length }: string): void {
  if (within) charge((search.letters * length) / 64);
  else search.letters = length;
}

const noEntries: ReadonlyMap<string, unknown> = new Map();

/** Whether a mapping has a key `constructor`: by that the library tells what a value is. */
function hidesItsClass(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const named: unknown = value.constructor;
  return named !== Object && named !== Array && Object.hasOwn(value, 'constructor');
}

/** The mapping in the other form that the library takes. */
function entriesOf(mapping: object): ReadonlyMap<string, unknown> {
  const entries = Object.entries(mapping);
  charge(entries.length);
  return new Map(entries);
}
