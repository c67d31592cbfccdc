import { extname } from 'node:path';
import { parseEnv } from 'node:util';
import { isRefusedName } from '../core/refused-name.ts';
import { type Problem, problem } from '../graph/problems.ts';
import { isRecord } from '../graph/rules.ts';
import { readDocuments } from '../wire/yaml/documents.ts';
import { formatPath, type Path, type Position, place } from '../wire/yaml/position.ts';
import { fromVariables } from './config-environment.ts';

/** What the text of a config file says; `undefined` when it says nothing. */
export interface ConfigText {
  readonly value: unknown;
  readonly problems: readonly Problem[];
}

/** Reads a config file by the ending of its name: TOML, Hjson, variables (`.env`), and YAML or JSON for every other. */
export async function readConfigText(text: Uint8Array, file: string): Promise<ConfigText> {
  switch (extname(file === '.env' || file.endsWith('/.env') ? 'x.env' : file).toLowerCase()) {
    case '.toml': {
      const { parse } = await import('smol-toml');
      return parsed(text, file, (source) => parse(source));
    }
    case '.hjson': {
      const { default: hjson } = await import('hjson');
      return parsed(text, file, (source) => hjson.parse(source));
    }
    case '.env':
      return parsed(
        text,
        file,
        (source) => fromVariables(parseEnv(source) as Record<string, string>, () => file).value,
      );
    default:
      return yaml(text, file);
  }
}

function yaml(text: Uint8Array, file: string): ConfigText {
  const { documents, problems } = readDocuments(text, file);
  const [first, second] = documents;
  if (second !== undefined)
    return {
      value: undefined,
      problems: [problem(`Cannot read "${file}": it has several documents`, { at: second.at })],
    };
  return { value: first?.value, problems };
}

/** A format whose reader tells no places: problems are of the file as a whole, and named by their path. */
function parsed(bytes: Uint8Array, file: string, parse: (source: string) => unknown): ConfigText {
  let at: Position = { file, line: 1, column: 1 };
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return { value: plain(parse(text), [], at), problems: [] };
  } catch (error) {
    const { message } = error as Error;
    const [, line, column] = /at line (\d+),(\d+)/.exec(message) ?? [];
    const { line: l = Number(line ?? 1), column: c = Number(column ?? 1) } = error as {
      line?: number;
      column?: number;
    };
    at = { file, line: l, column: c };
    const reason = message.split('\n')[0]!.replace(/ at line \d+,\d+.*/, '');
    return { value: undefined, problems: [problem(`Cannot read "${file}": ${reason}`, { at })] };
  }
}

/** A copy of what a library made, without what YAML could not have said. */
function plain(value: unknown, path: Path, at: Position): unknown {
  if (path.length > 60) throw new Error('it nests deeper than 60 levels');
  if (Array.isArray(value)) {
    const items = value.map((item: unknown, index) => plain(item, [...path, index], at));
    place(items, at);
    return items;
  }
  if (value instanceof Date) return value.toISOString();
  if (!isRecord(value)) return value;
  const fields: Record<string, unknown> = {};
  place(fields, at);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype)
    throw new Error(`key "${formatPath([...path, '__proto__'])}" is not allowed`);
  for (const [key, item] of Object.entries(value)) {
    if (isRefusedName(key)) throw new Error(`key "${formatPath([...path, key])}" is not allowed`);
    fields[key] = plain(item, [...path, key], at);
  }
  return fields;
}
