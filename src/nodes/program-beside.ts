import type { StandardSchemaV1 } from '@standard-schema/spec';
import { isMapping } from './schema.ts';

/**
 * Takes `language` and `timeout` that are written beside a program as those of it: `{ code, language }` means `{ code: { code, language } }`. They are no
 * fields for the schema.
 */
export function programBeside<F>(name: string, schema: StandardSchemaV1<unknown, F>): StandardSchemaV1<unknown, F> {
  const { validate } = schema['~standard'];
  return {
    '~standard': { ...schema['~standard'], validate: (value) => validate(gathered(name, value)) },
  };
}

function gathered(name: string, value: unknown): unknown {
  const { language, timeout, ...rest } = value as Record<string, unknown>;
  if (language === undefined && timeout === undefined) return rest;
  const program = rest[name];
  const own = isMapping(program, ['language', 'code', 'timeout']) ? program : { code: program };
  const beside = { ...(language !== undefined && { language }), ...(timeout !== undefined && { timeout }) };
  return { ...rest, [name]: { ...beside, ...own } };
}
