import type { Environment } from '@marcbachmann/cel-js';
import type { AstNode, Evaluator } from './evaluator.ts';
import { sorted } from './lists.ts';

/** Where a variable of a comprehension is looked up, as the library has it. */
interface Scope {
  forkWithVariable(name: string, type: unknown): Scope;
  reuse(outer: Scope): Scope;
  setIterValue(value: unknown, evaluator: Evaluator): Scope;
}

interface Checker {
  check(ast: AstNode, scope: Scope): unknown;
  getType(name: string): unknown;
}

/** What the library makes of a macro: it is checked once, and evaluated each time. */
interface Macro {
  readonly names: readonly string[];
  readonly receiver: AstNode;
  readonly parts: readonly AstNode[];
  scopes: Scope[];
  typeCheck(checker: Checker, macro: Macro, scope: Scope): unknown;
  evaluate(evaluator: Evaluator, macro: Macro, scope: Scope): unknown;
}

interface MacroCall {
  readonly args: readonly AstNode[];
  readonly receiver: AstNode;
}

/** The value of part `index` for an entry. */
type Each = (entry: readonly unknown[], part: number) => unknown;
/** Goes through the entries of a list or mapping: index and item, or key and value. */
type Loop = (entries: Iterable<readonly [unknown, unknown]>, each: Each, parts: number) => unknown;

/** Comprehensions with two variables, and `sortBy`. */
const loops: Readonly<Record<string, { parts: readonly number[]; loop: Loop }>> = {
  all: { parts: [1], loop: (entries, each) => every(entries, (entry) => truth('all', each(entry, 0))) },
  exists: { parts: [1], loop: (entries, each) => !every(entries, (entry) => !truth('exists', each(entry, 0))) },
  existsOne: { parts: [1], loop: one },
  exists_one: { parts: [1], loop: one },
  transformList: {
    parts: [1, 2],
    loop: (entries, each, parts) => kept(entries, each, parts).map(([, value]) => value),
  },
  transformMap: { parts: [1, 2], loop: (entries, each, parts) => Object.fromEntries(kept(entries, each, parts)) },
  transformMapEntry: { parts: [1, 2], loop: entriesOfEntries },
};

export function registerComprehensions(environment: Environment): void {
  for (const [name, { parts, loop }] of Object.entries(loops)) {
    for (const count of parts) {
      const signature = `list.${name}(${Array(count + 2)
        .fill('ast')
        .join(', ')}): dyn`;
      environment.registerFunction(signature, (call: MacroCall) => macroOf(name, call, 2, loop));
    }
  }
  environment.registerFunction('list.sortBy(ast, ast): dyn', (call: MacroCall) =>
    macroOf('sortBy', call, 1, (entries, each) => {
      const items = [...entries].map(([, item]) => item);
      return sorted(
        items,
        items.map((item) => each([item], 0)),
      );
    }),
  );
}

function macroOf(name: string, { args, receiver }: MacroCall, variables: number, loop: Loop): Macro {
  const names = args.slice(0, variables).map((node) => {
    if (node.op === 'id') return String(node.args);
    throw new SyntaxError(`${name}() takes ${variables === 1 ? 'the name of a variable' : 'names of variables'} first`);
  });
  return {
    names,
    receiver,
    parts: args.slice(variables),
    scopes: [],
    typeCheck(checker, macro, scope) {
      checker.check(receiver, scope);
      const dyn = checker.getType('dyn');
      macro.scopes = [];
      let inner = scope;
      for (const variable of macro.names) macro.scopes.push((inner = inner.forkWithVariable(variable, dyn)));
      for (const part of macro.parts) checker.check(part, inner);
      return dyn;
    },
    evaluate(evaluator, macro, scope) {
      const each: Each = (entry, part) => {
        let inner = scope;
        macro.scopes.forEach((own, index) => {
          inner = own.reuse(inner).setIterValue(entry[index], evaluator);
        });
        return evaluator.run(macro.parts[part]!, inner);
      };
      return loop(entriesOf(name, evaluator.run(receiver, scope)), each, macro.parts.length);
    },
  };
}

function entriesOf(name: string, value: unknown): [unknown, unknown][] {
  if (Array.isArray(value)) return value.map((item, index) => [BigInt(index), item]);
  if (value instanceof Map) return [...value];
  if (typeof value === 'object' && value !== null && !(value instanceof Uint8Array)) return Object.entries(value);
  throw new TypeError(`${name}() goes through a list or a mapping`);
}

/** The entries with their values transformed; of three parts the first is a filter. */
function kept(entries: Iterable<readonly [unknown, unknown]>, each: Each, parts: number): [string, unknown][] {
  const found: [string, unknown][] = [];
  for (const entry of entries) {
    if (parts === 2 && !truth('the filter', each(entry, 0))) continue;
    found.push([String(entry[0]), each(entry, parts - 1)]);
  }
  return found;
}

function entriesOfEntries(entries: Iterable<readonly [unknown, unknown]>, each: Each, parts: number): object {
  const made = new Map<string, unknown>();
  for (const [, mapping] of kept(entries, each, parts)) {
    if (typeof mapping !== 'object' || mapping === null) throw new TypeError('transformMapEntry() wants a mapping');
    for (const [key, value] of Object.entries(mapping)) {
      if (made.has(key)) throw new RangeError(`transformMapEntry() made the key ${JSON.stringify(key)} twice`);
      made.set(key, value);
    }
  }
  return Object.fromEntries(made);
}

function every<T>(items: Iterable<T>, test: (item: T) => boolean): boolean {
  for (const item of items) if (!test(item)) return false;
  return true;
}

function one(entries: Iterable<readonly [unknown, unknown]>, each: Each): boolean {
  let found = 0;
  for (const entry of entries) if (truth('existsOne', each(entry, 0))) found += 1;
  return found === 1;
}

function truth(name: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw new TypeError(`${name} wants a bool`);
}
