import { ByteReader, maxDepth } from './byte-reader.ts';
import type { FieldSchema, Fields, MessageSchema } from './schema.ts';

type Redact = (value: unknown, depth: number) => unknown;

/** What stands for a value that must not be shown. */
const redacted = '<redacted>';

/**
 * A message for logs: fields with `debug_redact = true` (google.protobuf.FieldOptions) hold `<redacted>`, wherever they are nested.
 * A message of a type without such fields comes back as it is, others as a copy of the fields that the type knows. What is not of
 * the type's shape is replaced too, since nobody knows what it holds.
 */
export function redactMessage(schema: MessageSchema, message: unknown): unknown {
  return redactorOf(schema)(message, 0);
}

const redactors = new WeakMap<MessageSchema, Redact>();

function redactorOf(schema: MessageSchema): Redact {
  let redact = redactors.get(schema);
  if (redact === undefined) redactors.set(schema, (redact = holdsSecrets(schema) ? messageRedactor(schema) : keep));
  return redact;
}

const hide: Redact = () => redacted;
const keep: Redact = (value) => value;

function messageRedactor(schema: MessageSchema): Redact {
  let slots: ReadonlyMap<string, Redact> | undefined;
  return (message, depth) => {
    if (!isObject(message) || depth > maxDepth) return redacted;
    slots ??= slotsOf(schema);
    const shown: [string, unknown][] = [];
    for (const [name, redact] of slots) {
      const value = Object.hasOwn(message, name) ? message[name] : undefined;
      if (value !== undefined) shown.push([name, redact(value, depth + 1)]);
    }
    // Own properties of any name, `__proto__` included.
    return Object.fromEntries(shown);
  };
}

/** The properties that a message has in code, and how each is shown. */
function slotsOf(schema: MessageSchema): ReadonlyMap<string, Redact> {
  const secret = secretsOf(schema);
  const shown = (field: FieldSchema): Redact => (secret.has(field.number) ? hide : fieldRedactor(field));
  return new Map(
    schema.fields.map((field) =>
      field.oneof === undefined
        ? [field.localName, shown(field)]
        : [
            field.oneof.localName,
            choiceRedactor(new Map(field.oneof.fields.map((each) => [each.localName, shown(each)]))),
          ],
    ),
  );
}

function choiceRedactor(members: ReadonlyMap<string, Redact>): Redact {
  return (choice, depth) => {
    if (!isObject(choice)) return redacted;
    const { case: chosen, value } = choice;
    if (value === undefined) return { case: chosen };
    return { case: chosen, value: (members.get(String(chosen)) ?? hide)(value, depth) };
  };
}

function fieldRedactor(field: FieldSchema): Redact {
  const { message } = field.map?.value ?? field;
  if (message === undefined || !holdsSecrets(message)) return keep;
  const redact = redactorOf(message);
  if (field.list) return (list, depth) => (Array.isArray(list) ? list.map((item) => redact(item, depth)) : redacted);
  if (field.map === undefined) return redact;
  return (entries, depth) =>
    isObject(entries)
      ? Object.fromEntries(Object.entries(entries).map(([name, item]) => [name, redact(item, depth)]))
      : redacted;
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const holders = new WeakMap<MessageSchema, boolean>();

/** Whether a field of the type, or of a type within it, must not be shown. Types may contain each other. */
function holdsSecrets(schema: MessageSchema): boolean {
  const known = holders.get(schema);
  if (known !== undefined) return known;
  const reached = new Set([schema]);
  // A set that grows meanwhile is read to its end.
  for (const type of reached) {
    if (secretsOf(type).size > 0 || holders.get(type) === true) {
      holders.set(schema, true);
      return true;
    }
    for (const field of type.fields) {
      const { message } = field.map?.value ?? field;
      if (message !== undefined) reached.add(message);
    }
  }
  for (const type of reached) holders.set(type, false);
  return false;
}

/** Numbers of the fields that must not be shown themselves. */
function secretsOf({ descriptor }: MessageSchema): ReadonlySet<number> {
  return new Set(descriptor.field.filter(({ options }) => options && saysRedact(options)).map(({ number }) => number));
}

const debugRedact = 16 << 3;

/** Read by hand: the reader of options is made of message types, which are made with this. */
function saysRedact(options: Uint8Array): boolean {
  const from = new ByteReader(options);
  let says = false;
  while (from.at < from.end) {
    const tag = from.tag();
    if (tag === debugRedact) says = from.bool();
    else from.skip(tag, 0);
  }
  return says;
}
