import { positiveDuration } from '../duration-field.ts';
import { findModule, loadFunction, type ModuleFunction } from '../module-function.ts';
import type { SetupContext } from '../node-context.ts';
import { type Check, isMapping, optional } from '../schema.ts';
import { CompileError, type CompileOptions, type Program, type RunContext } from './language.ts';
import type { Languages } from './languages.ts';

/** Runs a program: gives the result or a promise of it, throws or rejects with what went wrong. */
export type Run = (args: readonly unknown[], context: RunContext) => unknown;

/** A program as specs write it: a code in some language, or a function in a module. */
export class ProgramField {
  /** Undefined: the default one. */
  readonly language: string | undefined;
  readonly code: string;
  readonly timeoutMs: number | undefined;
  /** Instead of a code. */
  readonly module: ModuleFunction | undefined;

  constructor(program: {
    language?: string | undefined;
    code?: string | undefined;
    timeoutMs?: number | undefined;
    module?: ModuleFunction | undefined;
  }) {
    this.language = program.language;
    this.code = program.code ?? '';
    this.timeoutMs = program.timeoutMs;
    this.module = program.module;
  }
}

const wanted = 'wanted an expression, { language, code, timeout }, or { module: ./file.js, export: name }';

/** A field that is a program. What it says is looked at when the graph is checked, and when the node is made. */
export const programField: Check<ProgramField> = (value) => {
  if (typeof value === 'string') return new ProgramField({ code: value });
  if (isMapping(value, ['language', 'code', 'timeout'])) return codeField(value);
  const module = moduleFunction(value);
  if (module === undefined) throw new Error(wanted);
  return new ProgramField({ module });
};

function codeField({ language, code, timeout }: Record<string, unknown>): ProgramField {
  if (typeof code !== 'string') throw new Error(`its code is missing: ${wanted}`);
  if (language !== undefined && typeof language !== 'string')
    throw new Error('its language must be text, such as "cel"');
  try {
    return new ProgramField({ language, code, timeoutMs: optional(positiveDuration)(timeout) });
  } catch (thrown) {
    throw new Error(`its timeout: ${(thrown as Error).message}`, { cause: thrown });
  }
}

/** `{ module, export }` as specs write it. */
function moduleFunction(value: unknown): ModuleFunction | undefined {
  if (!isMapping(value, ['module', 'export'])) return undefined;
  const { module, export: name } = value;
  if (typeof module !== 'string' || module === '') return undefined;
  return name === undefined || typeof name === 'string' ? { module, export: name } : undefined;
}

/**
 * Makes what runs a program, for the life of the node. Functions of modules get the arguments and the context. `timeoutMs` is for a program that
 * has none of its own. Rejects with an Error that says where the code is wrong.
 */
export async function compileProgram(
  field: ProgramField,
  context: Pick<SetupContext, 'languages' | 'baseDir' | 'onClose'>,
  { args, timeoutMs }: CompileOptions = {},
): Promise<Run> {
  if (field.module !== undefined) {
    const fn = await loadFunction(field.module, context.baseDir);
    return (args, context) => fn(...args, context);
  }
  const program = await compiled(field, context.languages, { args, timeoutMs: field.timeoutMs ?? timeoutMs });
  if (program.close !== undefined) context.onClose(() => program.close?.());
  return (args, context) => program.run(args, context);
}

/** What is wrong with a program; undefined when nothing is. No module is imported, only looked for, and nothing is run. */
export async function programFault(
  field: ProgramField,
  languages: Languages,
  baseDir: string,
): Promise<string | undefined> {
  try {
    if (field.module !== undefined) {
      languages.get(field.language);
      await findModule(field.module, baseDir);
      return undefined;
    }
    const program = await compiled(field, languages, { timeoutMs: field.timeoutMs });
    await program.close?.();
    return undefined;
  } catch (thrown) {
    return (thrown as Error).message;
  }
}

async function compiled(
  { language, code }: ProgramField,
  languages: Languages,
  options: CompileOptions,
): Promise<Program> {
  const found = languages.get(language);
  try {
    return await found.compile(code, options);
  } catch (thrown) {
    if (!(thrown instanceof CompileError) || thrown.line === undefined) throw thrown;
    const { message, line, column, cause } = thrown;
    const place = `line ${line}${column === undefined ? '' : `, column ${column}`}`;
    throw new CompileError(`${message}, at ${place} of the code`, { line, column, cause });
  }
}
