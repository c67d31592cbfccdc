import { Code } from '../../../core/code.ts';
import { StatusError } from '../../../core/status-error.ts';
import { isPlainObject } from '../../../wire/value-kind.ts';
import { ByteStream } from '../../byte-stream.ts';
import { CompileError, type CompileOptions, type Program, placeOf } from '../language.ts';
import { celEnvironment } from './environment.ts';
import type { AstNode } from './evaluator.ts';
import { Failure } from './failure.ts';
import { isOverrun, overrun, restartMeter } from './meter.ts';
import { prepare } from './prepare.ts';
import { plainResult } from './result.ts';

const longestCode = 65_536;
const environment = celEnvironment();

/** An expression needs no context, and gives its result at once. */
interface Expression extends Program {
  run(args: readonly unknown[]): unknown;
}

/** Reads an expression; see `cel`. */
export function expression(code: string, { args: names = ['self'] }: CompileOptions): Expression {
  const { evaluate, variables } = parse(code);
  const keys = [...variables].filter((name) => name !== 'self' && !names.includes(name));
  const [first = 'self', ...others] = names;
  const list = others.length > 0 && !names.includes('self');
  return {
    run(args) {
      const self = args[0];
      const scope = new Scope();
      scope[first] = argument(self);
      if (list) scope.self = args;
      for (let i = 0; i < others.length; i++) scope[others[i]!] = argument(args[i + 1]);
      if (keys.length > 0 && typeof self === 'object' && self !== null && isPlainObject(self)) {
        for (const key of keys) if (Object.hasOwn(self, key)) scope[key] = self[key];
      }
      return evaluated(evaluate, scope, code);
    },
  };
}

/** Variables by name, and nothing else: nothing of JavaScript's own objects can be found. */
class Scope {
  [name: string]: unknown;
}
Object.setPrototypeOf(Scope.prototype, null);
Reflect.deleteProperty(Scope.prototype, 'constructor');

function argument(value: unknown): unknown {
  if (value === undefined) return null;
  return value instanceof Error ? new Failure(value) : value;
}

function evaluated(evaluate: (scope: object) => unknown, scope: object, code: string): unknown {
  try {
    restartMeter();
    const result = evaluate(scope);
    if (isOverrun()) throw overrun();
    // Looking at the result has steps of its own.
    restartMeter();
    return plainResult(result);
  } catch (thrown) {
    throw failureOf(thrown, code);
  }
}

/** How the library calls what it does not know. */
const streamRefusal = `Unsupported type: ${ByteStream.name}`;

function failureOf(thrown: unknown, code: string): StatusError {
  const said = reasonOf(thrown);
  const streamed = said === streamRefusal;
  const reason = isOverrun() ? overrun().message : streamed ? 'a byte stream is there, wanted a value' : said;
  const shown = code.length > 100 ? `${code.slice(0, 100)}…` : code;
  return new StatusError(
    isOverrun() ? Code.RESOURCE_EXHAUSTED : streamed ? Code.INVALID_ARGUMENT : Code.UNKNOWN,
    `Cannot evaluate ${JSON.stringify(shown)}: ${reason}`,
    {
      cause: thrown,
    },
  );
}

/** The library's messages end with a drawing of the code; its summary is the first line. */
function reasonOf(thrown: unknown): string {
  const { summary, message } = thrown as { summary?: string; message?: string };
  return (summary ?? message ?? String(thrown)).split('\n', 1)[0]!;
}

function parse(code: string): { evaluate: (scope: object) => unknown; variables: ReadonlySet<string> } {
  if (code.length > longestCode)
    throw new CompileError(`an expression of ${code.length} characters is too long: wanted at most ${longestCode}`);
  try {
    const parsed = environment.parse(code);
    const variables = prepare(parsed.ast as unknown as AstNode);
    const { valid, error } = parsed.check();
    if (!valid) throw error;
    return { evaluate: parsed, variables };
  } catch (thrown) {
    const { range } = thrown as { range?: { start: number } };
    throw new CompileError(`cannot read ${JSON.stringify(code.slice(0, 60))}: ${reasonOf(thrown)}`, {
      ...(range !== undefined && placeOf(code, range.start)),
      cause: thrown,
    });
  }
}
