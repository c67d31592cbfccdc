import type { StandardSchemaV1 } from '@standard-schema/spec';
import { formerField } from '../nodes/former-kinds.ts';
import type { KindInfo } from '../nodes/kind-info.ts';
import { formatPath, type Path } from '../wire/yaml/position.ts';
import { keyOf, type Result, validateFilled } from './coerce.ts';
import { type EnvValue, type FillOptions, fillFields } from './env.ts';
import { didYouMean, quote } from './problems.ts';
import type { Report } from './rules.ts';
import { commonFields, type NodeSpec, ownFields } from './spec.ts';
import { templateKeys } from './template.ts';

/** A node's own fields with their templates filled in; undefined when some could not be, which was reported. */
export function filledFields(
  spec: NodeSpec,
  { scope, used, budget }: FillOptions,
  report: Report,
): { fields: Record<string, unknown>; filled: readonly Path[] } | undefined {
  const fields = ownFields(spec);
  // Without env a text may hold braces for reasons of its own.
  if (spec.env === undefined && scope.empty) return { fields, filled: [] };
  let whole = true;
  const counted: Report = (...fault) => {
    whole = false;
    report(...fault);
  };
  const noted = (key: string, value: EnvValue): void => {
    if (value.value === undefined) whole = false;
    used(key, value);
  };
  const { value, filled } = fillFields(fields, { scope, used: noted, budget }, counted);
  return whole ? { fields: value as Record<string, unknown>, filled } : undefined;
}

/**
 * What a node of this kind is set up with: its own fields, env filled in, as the kind's schema gives them.
 * Undefined when there is anything wrong with them; then all of it was reported.
 */
export function resolveFields(
  spec: NodeSpec,
  kind: KindInfo,
  options: FillOptions,
  report: Report,
): { fields: unknown } | undefined {
  let faults = 0;
  const fault: Report = (...problem) => {
    faults++;
    report(...problem);
  };
  const own = filledFields(spec, options, fault);
  const fields = withoutUnknown(own?.fields ?? ownFields(spec), kind, fault);
  if (own === undefined) return undefined;
  const result = validateFilled(fields, own.filled, (value) => validate(value, kind));
  const unfilled = spec.env === undefined && options.scope.empty;
  for (const { message, path = [] } of result.issues ?? [])
    reportIssue(message, path.map(keyOf), { fields, unfilled }, fault);
  return faults > 0 ? undefined : { fields: (result as StandardSchemaV1.SuccessResult<unknown>).value };
}

function validate(value: unknown, { spec: schema }: KindInfo): Result {
  if (schema === undefined) return { value };
  try {
    const result = schema['~standard'].validate(value);
    if (!(result instanceof Promise)) return result;
    result.catch(() => {});
    return { issues: [{ message: 'its fields cannot be checked, the schema of its kind is asynchronous' }] };
  } catch (thrown) {
    return {
      issues: [{ message: `its fields cannot be checked, the schema of its kind threw ${quote(String(thrown))}` }],
    };
  }
}

/** The fields that the kind knows; the others are reported. */
function withoutUnknown(fields: Record<string, unknown>, kind: KindInfo, report: Report): Record<string, unknown> {
  const known = knownFields(kind);
  if (known === undefined) return fields;
  const kept: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(fields)) {
    if (known.includes(key)) {
      kept[key] = value;
    } else {
      const meant = () => didYouMean(key, [...known, ...commonFields]) ?? `kind ${quote(kind.kind)} has ${list(known)}`;
      report(`unknown field ${quote(key)}`, [key], formerField(key) ?? meant);
    }
  }
  return kept;
}

function reportIssue(
  message: string,
  path: readonly (string | number)[],
  { fields, unfilled }: { fields: unknown; unfilled: boolean },
  report: Report,
): void {
  const at = formatPath(path);
  const value = lookup(fields, path);
  const missing = path.length > 0 && value === undefined;
  if (missing) report(`missing field ${quote(at)}`, path, message.replace(/^invalid input: /i, ''));
  else {
    const advice = unfilled ? envFor(value) : undefined;
    report(`${at === '' ? '' : `field ${quote(at)}: `}${lowerFirst(message)}`, path, advice);
  }
}

/** What would have the templates of a text filled in, when it is nothing but a text because its node has no env. */
function envFor(value: unknown): string | undefined {
  if (typeof value !== 'string' || !value.includes('{{')) return undefined;
  const [key] = templateKeys(value);
  return key === undefined || key === ''
    ? undefined
    : `write env: { ${key}: { data: "{{ .${key} }}" } } to have it filled in`;
}

const asked = new WeakMap<KindInfo, readonly string[] | undefined>();

/** The names of a kind's own fields; asked of its schema once, which costs more than a validation. */
function knownFields(kind: KindInfo): readonly string[] | undefined {
  if (kind.fields !== undefined) return kind.fields;
  if (!asked.has(kind)) asked.set(kind, schemaFields(kind.spec));
  return asked.get(kind);
}

/** Field names that the schema states in its JSON Schema (Standard JSON Schema); undefined when it cannot, or takes any. */
function schemaFields(schema: StandardSchemaV1 | undefined): readonly string[] | undefined {
  const standard = schema?.['~standard'] as
    | { jsonSchema?: { input(options: { target: string }): unknown } }
    | undefined;
  try {
    const { properties, additionalProperties } = (standard?.jsonSchema?.input({ target: 'draft-2020-12' }) ?? {}) as {
      properties?: object;
      additionalProperties?: unknown;
    };
    const closed = additionalProperties === undefined || additionalProperties === false;
    return properties !== undefined && closed ? Object.keys(properties) : undefined;
  } catch {
    return undefined;
  }
}

function lookup(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (part, key) => (part as Record<string | number, unknown> | null | undefined)?.[key],
    value,
  );
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'no fields of its own' : names.map((name) => quote(name)).join(', ');
}

function lowerFirst(message: string): string {
  return /^[A-Z][a-z]/.test(message) ? message.charAt(0).toLowerCase() + message.slice(1) : message;
}
