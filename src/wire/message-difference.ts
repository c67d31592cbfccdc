import { type FieldIn, fieldDifference } from './field-difference.ts';
import type { FieldSchema, MessageSchema, OneofSchema } from './schema.ts';

/** One reason why messages of a type cannot be read as another. */
export interface Difference {
  /** Names of fields from the outer message on: `customer.addresses[*].zip`. */
  readonly path: string;
  /** `field 1 is "string zip" in a.Address and "int32 zip" in b.Address` */
  readonly reason: string;
}

export interface DifferenceOptions {
  /** Fields that the reader does not know are no difference: it never asked for them. Default: they are, since what they hold is lost. */
  additions?: boolean;
  /** Fields of the reader that are never sent are a difference: it relies on them. Default: only required ones are. */
  complete?: boolean;
  /** What JSON shows of a field must fit too, names included: somebody reads it. Default: messages are bytes. */
  json?: boolean;
}

/**
 * Everything that keeps messages of one type, as bytes, from being read as another with nothing lost or changed: compared field by
 * field, by number, nested messages too. Empty when each message that can be sent arrives as itself.
 */
export function messageDifferences(
  from: MessageSchema,
  to: MessageSchema,
  options: DifferenceOptions = {},
): readonly Difference[] {
  const comparison = new Comparison(options);
  comparison.compare(from, to, '');
  comparison.finish();
  return comparison.found;
}

/** A difference as a sentence for messages: `field 1 is …, at "customer.zip"`. */
export function formatDifference({ path, reason }: Difference): string {
  return path.includes('.') ? `${reason}, at ${JSON.stringify(path)}` : reason;
}

/** Types may be nested in each other further than messages can be. */
const maxDepth = 100;

class Comparison {
  readonly found: Difference[] = [];
  readonly #options: DifferenceOptions;
  /** Types may contain themselves: each pair is compared once. */
  readonly #seen = new Map<MessageSchema, Set<MessageSchema>>();
  /** What is nested too deep for the call stack. */
  readonly #later: (() => void)[] = [];
  #depth = 0;

  constructor(options: DifferenceOptions) {
    this.#options = options;
  }

  compare(from: MessageSchema, to: MessageSchema, outer: string): void {
    if (from === to || this.#begin(from, to)) return;
    if (this.#depth === maxDepth) {
      this.#later.push(() => this.#compareFields(from, to, outer));
      return;
    }
    this.#depth += 1;
    this.#compareFields(from, to, outer);
    this.#depth -= 1;
  }

  finish(): void {
    for (let next = this.#later.pop(); next !== undefined; next = this.#later.pop()) next();
  }

  #compareFields(from: MessageSchema, to: MessageSchema, outer: string): void {
    const known = new Map(to.fields.map((field) => [field.number, field]));
    for (const field of from.fields) {
      const other = known.get(field.number);
      known.delete(field.number);
      if (other !== undefined) this.#compareField({ field, message: from }, { field: other, message: to }, outer);
      else if (!this.#options.additions) this.#add(outer, field, missing(field, from, to));
    }
    for (const field of known.values()) {
      const needed = field.presence === 'required' && !field.list && field.map === undefined;
      if (needed || this.#options.complete) this.#add(outer, field, missing(field, to, from, needed));
    }
    for (const [field, reason] of crowded(from, to)) this.#add(outer, field, reason);
  }

  /** Whether a pair was met before. */
  #begin(from: MessageSchema, to: MessageSchema): boolean {
    const met = this.#seen.get(from);
    if (met === undefined) this.#seen.set(from, new Set([to]));
    else if (met.has(to)) return true;
    else met.add(to);
    return false;
  }

  #compareField(from: FieldIn, to: FieldIn, outer: string): void {
    const { field } = from;
    const other = to.field;
    const why = fieldDifference(from, to) ?? (this.#options.json ? jsonDifference(field, other) : undefined);
    if (why !== undefined) {
      const types = `field ${field.number} is ${shown(from)} and ${shown(to)}`;
      return this.#add(outer, field, why === '' ? types : `${types}: ${why}`);
    }
    const inner = field.map?.value ?? field;
    const otherInner = other.map?.value ?? other;
    if (inner.message === undefined || otherInner.message === undefined) return;
    const many = field.list || field.map !== undefined;
    this.compare(inner.message, otherInner.message, `${outer}${field.name}${many ? '[*]' : ''}.`);
  }

  #add(outer: string, { name }: FieldSchema, reason: string): void {
    this.found.push({ path: outer + name, reason });
  }
}

/** Fields of the sender that may be set together, and of which the reader keeps one. */
function crowded(from: MessageSchema, to: MessageSchema): [FieldSchema, string][] {
  const oneofs = new Map(to.fields.map((field) => [field.number, field.oneof]));
  const first = new Map<OneofSchema, FieldSchema>();
  const found: [FieldSchema, string][] = [];
  for (const field of from.fields) {
    const oneof = oneofs.get(field.number);
    if (oneof === undefined) continue;
    const other = first.get(oneof);
    if (other === undefined) first.set(oneof, field);
    else if (field.oneof === undefined || field.oneof !== other.oneof) {
      const both = `"${other.name}" and "${field.name}" may both be set in ${from.name}`;
      found.push([field, `${both}, and ${to.name} has one of them, in oneof "${oneof.name}"`]);
    }
  }
  return found;
}

function missing(field: FieldSchema, owner: MessageSchema, other: MessageSchema, needed = false): string {
  return `${other.name} has no field ${field.number} (${needed ? 'required ' : ''}"${field.name}" of ${owner.name})`;
}

function jsonDifference(field: FieldSchema, other: FieldSchema): string | undefined {
  if (field.jsonName !== other.jsonName) return `JSON calls it "${field.jsonName}" and "${other.jsonName}"`;
  return writtenAs(field) === writtenAs(other) ? undefined : 'JSON writes them differently';
}

/** Numbers may be text in JSON, so their width is nothing to go by. */
function writtenAs({ map, type }: FieldSchema): string {
  const written = map?.value.type ?? type;
  return written === 'enum' || written === 'bytes' || written === 'string' ? written : '';
}

function shown({ field, message }: FieldIn): string {
  return `"${labelOf(field)}${typeName(field)} ${field.name}" in ${message.name}`;
}

function labelOf({ list, map, presence, type, oneof }: FieldSchema): string {
  if (list) return 'repeated ';
  if (map !== undefined || presence === 'implicit') return '';
  if (presence === 'required') return 'required ';
  return type === 'message' || oneof !== undefined ? '' : 'optional ';
}

function typeName({ type, map, message, enum: values }: FieldSchema): string {
  if (map !== undefined) return `map<${typeName(map.key)}, ${typeName(map.value)}>`;
  return message?.name ?? values?.name ?? type;
}
