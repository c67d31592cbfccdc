import type { StandardSchemaV1 } from '@standard-schema/spec';
import { parseDuration } from '../nodes/duration.ts';
import type { KindInfo } from '../nodes/kind-info.ts';
import { type Environment, fillFromEnv } from './env.ts';
import { formatPath, type Path } from './position.ts';
import { didYouMean, quote } from './problems.ts';
import type { Report } from './rules.ts';
import { commonFields, type NodeSpec, ownFields } from './spec.ts';
import { isPlain } from './template.ts';

/**
 * What a node of this kind is set up with: its own fields, env filled in, as the kind's schema gives them.
 * Undefined when there is anything wrong with them; then all of it was reported.
 */
export function resolveFields(
  spec: NodeSpec,
  kind: KindInfo,
  environment: Environment,
  report: Report,
): { fields: unknown } | undefined {
  let faults = 0;
  const fault: Report = (...problem) => {
    faults++;
    report(...problem);
  };
  const written = ownFields(spec);
  // Without env a text may hold braces for reasons of its own.
  const { value, filled } =
    spec.env === undefined ? { value: written, filled: [] } : fillFromEnv(written, spec, environment, fault);
  const unfilled = faults > 0;
  const fields = withoutUnknown(value as Record<string, unknown>, kind, fault);
  if (unfilled) return undefined;
  const result = validate(fields, filled, kind);
  for (const { message, path = [] } of result.issues ?? []) reportIssue(message, path.map(keyOf), fields, fault);
  return faults > 0 ? undefined : { fields: (result as StandardSchemaV1.SuccessResult<unknown>).value };
}

/** Filled-in text is tried as it is, and where the schema objects, as the number, boolean or duration that it reads as. */
function validate(
  value: unknown,
  filled: readonly Path[],
  { spec: schema }: KindInfo,
): StandardSchemaV1.Result<unknown> {
  if (schema === undefined) return { value };
  const first = run(schema, value);
  const refused = new Set(first.issues?.map(({ path = [] }) => formatPath(path.map(keyOf))));
  const disputed = new Set(filled.map(formatPath).filter((path) => refused.has(path)));
  if (disputed.size === 0) return first;
  const second = run(schema, coerceAt(value, [], disputed));
  return second.issues === undefined ? second : first;
}

function run(schema: StandardSchemaV1, value: unknown): StandardSchemaV1.Result<unknown> {
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

function coerceAt(value: unknown, path: Path, disputed: ReadonlySet<string>): unknown {
  if (typeof value === 'string') return disputed.has(formatPath(path)) ? coerce(value) : value;
  if (Array.isArray(value)) return value.map((item, index) => coerceAt(item, [...path, index], disputed));
  if (!isPlain(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, coerceAt(item, [...path, key], disputed)]),
  );
}

function coerce(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  const number = text.trim() === '' ? Number.NaN : Number(text);
  return Number.isFinite(number) ? number : (parseDuration(text) ?? text);
}

/** The fields that the kind knows; the others are reported. */
function withoutUnknown(fields: Record<string, unknown>, kind: KindInfo, report: Report): Record<string, unknown> {
  const known = kind.fields ?? schemaFields(kind.spec);
  if (known === undefined) return fields;
  const kept: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(fields)) {
    if (known.includes(key)) {
      kept[key] = value;
    } else {
      const meant = didYouMean(key, [...known, ...commonFields]);
      report(`unknown field ${quote(key)}`, [key], meant ?? `kind ${quote(kind.kind)} has ${list(known)}`);
    }
  }
  return kept;
}

function reportIssue(message: string, path: readonly (string | number)[], value: unknown, report: Report): void {
  const at = formatPath(path);
  const missing = path.length > 0 && lookup(value, path) === undefined;
  if (missing) report(`missing field ${quote(at)}`, path, message.replace(/^invalid input: /i, ''));
  else report(`${at === '' ? '' : `field ${quote(at)}: `}${lowerFirst(message)}`, path);
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

function keyOf(segment: PropertyKey | StandardSchemaV1.PathSegment): string | number {
  const key = typeof segment === 'object' ? segment.key : segment;
  return typeof key === 'number' ? key : String(key);
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
