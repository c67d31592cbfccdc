import { isAbsolute, resolve } from 'node:path';
import { loadFiles } from '../../wire/load-files.ts';
import { defineKind } from '../kind.ts';
import type { PortType } from '../kind-info.ts';
import { loadFunction, type ModuleFunction } from '../module-function.ts';
import type { NodeContext } from '../node-context.ts';
import { type OneToOne, oneToOne } from '../one-to-one.ts';
import { checked, fieldsOf, isMapping, optional, text } from '../schema.ts';

const languages = ['text', 'json', 'javascript', 'typescript'] as const;
type Language = (typeof languages)[number];

const language = checked(`one of ${languages.join(', ')}`, (value) => languages.find((one) => one === value));

const types = checked('message names by port, such as { in: { request: helloworld.HelloRequest } }', (value) => {
  if (typeof value !== 'object' || value === null) return undefined;
  const named = (type: unknown): boolean =>
    isMapping(type, ['request', 'response']) && Object.values(type).every((name) => typeof name === 'string');
  return Object.values(value).every(named) ? (value as Record<string, PortType>) : undefined;
});

/** A constant (`text`, `json`), or a function in a module file (`javascript`, `typescript`): the payload goes in, its result out. */
export const snippetKind = defineKind({
  kind: 'snippet',
  spec: fieldsOf(
    {
      language,
      code: optional(checked('text', (value) => (typeof value === 'string' ? value : undefined))),
      module: optional(text('the path of a module file')),
      export: optional(text('the name of an export')),
      types: optional(types),
      proto: optional(text('the path of a proto file')),
    },
    ({ language, code, module }) => {
      const needed = runsModule(language) ? 'module' : 'code';
      if ((needed === 'module' ? module : code) !== undefined) return undefined;
      const hint = runsModule(language)
        ? 'runs functions of trusted module files, such as module: ./greet.js'
        : 'answers it';
      return { path: [needed], message: `language "${language}" ${hint}` };
    },
  ),
  fields: ['language', 'code', 'module', 'export', 'types', 'proto'],
  types: (port, _direction, { types = {} }) => types[port],
  files: async ({ proto }, baseDir) =>
    proto === undefined ? [] : await loadFiles(isAbsolute(proto) ? proto : resolve(baseDir, proto)),
  async setup({ language, code, module, export: name }, { baseDir }) {
    return oneToOne(
      await program(language, code, module === undefined ? undefined : { module, export: name }, baseDir),
    );
  },
});

function runsModule(language: Language): boolean {
  return language === 'javascript' || language === 'typescript';
}

async function program(
  language: Language,
  code = '',
  source: ModuleFunction | undefined,
  baseDir: string,
): Promise<OneToOne> {
  // The schema has made sure that what the language needs is there.
  if (runsModule(language)) {
    const fn = await loadFunction(source!, baseDir);
    return (payload: unknown, context: NodeContext) => fn(payload, context);
  }
  if (language === 'text') return () => code;
  const constant = parseJson(code);
  // A copy each time: what one receiver changes, the next must not see.
  return typeof constant === 'object' ? () => structuredClone(constant) : () => constant;
}

function parseJson(code: string): unknown {
  try {
    return JSON.parse(code) as unknown;
  } catch (cause) {
    throw new Error(`Code is not JSON: ${(cause as Error).message}`, { cause });
  }
}
