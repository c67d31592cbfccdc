import type { StandardSchemaV1 } from '@standard-schema/spec';

/** Reads a field, undefined when it was left out; throws an Error that says what is wanted. */
export type Check<T> = (value: unknown) => T;

type Checks = Readonly<Record<string, Check<unknown>>>;
type Fields<S extends Checks> = { readonly [K in keyof S]: ReturnType<S[K]> };

/**
 * A Standard Schema for the fields of a built-in kind, so that this package needs no library for it. `together` says what is
 * wrong with fields that are each right.
 */
export function fieldsOf<S extends Checks>(
  checks: S,
  together: (fields: Fields<S>) => StandardSchemaV1.Issue | undefined = () => undefined,
): StandardSchemaV1<unknown, Fields<S>> {
  const validate = (value: unknown): StandardSchemaV1.Result<Fields<S>> => {
    const issues: StandardSchemaV1.Issue[] = [];
    const fields: Record<string, unknown> = {};
    for (const [name, check] of Object.entries(checks)) {
      try {
        fields[name] = check((value as Record<string, unknown>)[name]);
      } catch (thrown) {
        issues.push({ message: (thrown as Error).message, path: [name] });
      }
    }
    const issue = issues.length > 0 ? undefined : together(fields as Fields<S>);
    if (issue !== undefined) issues.push(issue);
    return issues.length > 0 ? { issues } : { value: fields as Fields<S> };
  };
  return { '~standard': { version: 1, vendor: 'flowrpc', validate } };
}

/** A field that may be left out. */
export function optional<T>(check: Check<T>): Check<T | undefined> {
  return (value) => (value === undefined ? undefined : check(value));
}

/** A field that passes a test; `wanted` completes "wanted …". */
export function checked<T>(wanted: string, read: (value: unknown) => T | undefined): Check<T> {
  return (value) => {
    const result = read(value);
    if (result !== undefined) return result;
    throw new Error(`wanted ${wanted}`);
  };
}

/** Text that is not empty. */
export function text(wanted = 'text'): Check<string> {
  return checked(wanted, (value) => (typeof value === 'string' && value !== '' ? value : undefined));
}

/** Whether a value is a mapping with these fields at most. */
export function isMapping(value: unknown, fields: readonly string[]): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.keys(value).every((key) => fields.includes(key));
}
