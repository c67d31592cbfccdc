import { isAbsolute, resolve } from 'node:path';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { loadFiles } from '../../wire/load-files.ts';
import { positiveDuration } from '../duration-field.ts';
import { defineKind } from '../kind.ts';
import type { PortType } from '../kind-info.ts';
import { compileProgram, ProgramField } from '../languages/program-field.ts';
import { oneToOne } from '../one-to-one.ts';
import { checked, fieldsOf, isMapping, optional, text } from '../schema.ts';

const types = checked('message names by port, such as { in: { request: helloworld.HelloRequest } }', (value) => {
  if (typeof value !== 'object' || value === null) return undefined;
  const named = (type: unknown): boolean =>
    isMapping(type, ['request', 'response']) && Object.values(type).every((name) => typeof name === 'string');
  return Object.values(value).every(named) ? (value as Record<string, PortType>) : undefined;
});

const written = fieldsOf(
  {
    language: optional(text('the name of a language, such as cel, json or javascript')),
    code: optional(checked('text', (value) => (typeof value === 'string' ? value : undefined))),
    timeout: optional(positiveDuration),
    module: optional(text('the path of a module file')),
    export: optional(text('the name of an export')),
    types: optional(types),
    proto: optional(text('the path of a proto file')),
  },
  ({ code, module, export: name, timeout }) => {
    if (code === undefined && module === undefined)
      return { path: ['code'], message: 'wanted a text, or a module such as ./greet.js instead' };
    if (code !== undefined && module !== undefined)
      return { path: ['module'], message: 'wanted either a code or a module' };
    if (module === undefined && name !== undefined) return { path: ['export'], message: 'it belongs to a module' };
    if (module !== undefined && timeout !== undefined)
      return {
        path: ['timeout'],
        message: 'functions of modules are not stopped: they get the deadline in their context',
      };
    return undefined;
  },
);

interface SnippetFields {
  readonly code: ProgramField;
  readonly types: Readonly<Record<string, PortType>> | undefined;
  readonly proto: string | undefined;
}

/** The fields that make a program, as one. */
const spec: StandardSchemaV1<unknown, SnippetFields> = {
  '~standard': {
    version: 1,
    vendor: 'flowrpc',
    validate(value) {
      const result = written['~standard'].validate(value) as StandardSchemaV1.Result<
        StandardSchemaV1.InferOutput<typeof written>
      >;
      if (result.issues !== undefined) return result;
      const { language, code, timeout: timeoutMs, module, export: name, types, proto } = result.value;
      const from = module === undefined ? undefined : { module, export: name };
      return { value: { code: new ProgramField({ language, code, timeoutMs, module: from }), types, proto } };
    },
  },
};

/** What a code in any language makes of the payload, or a function of a module file that is trusted. */
export const snippetKind = defineKind<SnippetFields>({
  kind: 'snippet',
  spec,
  fields: ['language', 'code', 'timeout', 'module', 'export', 'types', 'proto'],
  types: (port, _direction, { types = {} }) => types[port],
  files: async ({ proto }, baseDir) =>
    proto === undefined ? [] : await loadFiles(isAbsolute(proto) ? proto : resolve(baseDir, proto)),
  async setup({ code }, context) {
    const run = await compileProgram(code, context);
    return oneToOne((payload, context) => run([payload], context));
  },
});
