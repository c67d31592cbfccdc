import { checkOptions } from '../../core/options.ts';
import { isName } from '../names.ts';
import type { NodeContext } from '../node-context.ts';

/** What a program gets beside its arguments: the context of a node has it. */
export type RunContext = Pick<NodeContext, 'signal' | 'deadline' | 'log'>;

/** A code that can be run. */
export interface Program {
  /** Gives the result, or a promise of it; throws or rejects with what went wrong. Ends early when the signal aborts. */
  run(args: readonly unknown[], context: RunContext): unknown;
  /** Frees what it holds; it is not run any more. */
  close?(): void | Promise<void>;
}

export interface CompileOptions {
  /** How long one run may take, milliseconds; undefined leaves it to the language. */
  readonly timeoutMs?: number | undefined;
  /** Names of the arguments, for languages that have no parameters of their own. Default: `self`. With several, none of them `self`, that is the list of all. */
  readonly args?: readonly string[] | undefined;
}

/** A language that codes in specs may be written in. */
export interface Language {
  /** As specs name it. */
  readonly name: string;
  /** Makes a program without running any of it. Throws or rejects with a CompileError for what is no code. */
  compile(code: string, options: CompileOptions): Program | Promise<Program>;
}

/** Where a code is wrong, counted from 1, as far as it is known, and what said so. */
export interface CompileErrorInit {
  readonly line?: number | undefined;
  readonly column?: number | undefined;
  readonly cause?: unknown;
}

/** A code that is none, with the place of the fault in it. */
export class CompileError extends Error {
  override readonly name = 'CompileError';
  /** Counts from 1; undefined when nobody knows. */
  readonly line: number | undefined;
  readonly column: number | undefined;

  constructor(message: string, { line, column, cause }: CompileErrorInit = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.line = line;
    this.column = column;
  }
}

/** Makes a language to register with `createLanguages`. A TypeError for what could never work. */
export function defineLanguage(language: Language): Language {
  checkOptions('defineLanguage', language, ['name', 'compile']);
  if (!isName(language.name))
    throw new TypeError(
      `Cannot define language ${JSON.stringify(language.name)}: wanted a letter, then letters, digits, "_" or "-"`,
    );
  if (typeof language.compile !== 'function')
    throw new TypeError(`Cannot define language "${language.name}": compile is missing`);
  return Object.freeze({ ...language });
}

/** The line and column, from 1, of an offset in a text. */
export function placeOf(code: string, offset: number): { line: number; column: number } {
  const before = code.slice(0, offset);
  const start = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: before.length - start + 1 };
}
