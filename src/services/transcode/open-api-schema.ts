import type { Json } from '../../wire/json/json.ts';
import type { EnumSchema, FieldSchema, MessageSchema } from '../../wire/schema.ts';

type Schema = { [key: string]: Json };

const scalarSchemas: Readonly<Record<string, Schema>> = {
  double: { type: 'number', format: 'double' },
  float: { type: 'number', format: 'float' },
  bool: { type: 'boolean' },
  string: { type: 'string' },
  bytes: { type: 'string', contentEncoding: 'base64' },
};

/** 64-bit integers are text in JSON. */
function scalarSchema(type: string): Schema {
  const known = scalarSchemas[type];
  if (known !== undefined) return known;
  if (/64$/.test(type)) return { type: 'string', format: /^u|^fixed/.test(type) ? 'uint64' : 'int64' };
  return { type: 'integer', format: /^u|^fixed/.test(type) ? 'uint32' : 'int32' };
}

const wellKnown: Readonly<Record<string, Schema>> = {
  Timestamp: { type: 'string', format: 'date-time' },
  Duration: { type: 'string', pattern: '^-?\\d+(\\.\\d{1,9})?s$' },
  FieldMask: { type: 'string' },
  Empty: { type: 'object' },
  Struct: { type: 'object', additionalProperties: true },
  ListValue: { type: 'array', items: {} },
  Value: {},
  Any: { type: 'object', properties: { '@type': { type: 'string' } }, additionalProperties: true },
  ...Object.fromEntries(
    ['double', 'float', 'int64', 'uInt64', 'int32', 'uInt32', 'bool', 'string', 'bytes'].map((name) => [
      `${name[0]!.toUpperCase()}${name.slice(1)}Value`,
      scalarSchema(name.toLowerCase()),
    ]),
  ),
};

/** The messages and enums that operations refer to, as schemas under `components`. */
export class OpenApiSchemas {
  readonly #schemas = new Map<string, Schema>();
  /** Messages whose fields are still to come: types may be nested further than the call stack is deep. */
  readonly #open: { readonly schema: Schema; readonly message: MessageSchema }[] = [];
  #filling = false;

  /** By name, sorted. */
  get all(): Schema {
    return Object.fromEntries([...this.#schemas].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** What stands for a message. */
  message(message: MessageSchema): Schema {
    const { name } = message;
    const known = name.startsWith('google.protobuf.') ? wellKnown[name.slice('google.protobuf.'.length)] : undefined;
    if (known !== undefined) return known;
    if (!this.#schemas.has(name)) {
      // There before its fields are: messages may hold themselves.
      const schema: Schema = { type: 'object' };
      this.#schemas.set(name, schema);
      this.#open.push({ schema, message });
      if (!this.#filling) this.#fill();
    }
    return reference(name);
  }

  #fill(): void {
    this.#filling = true;
    for (let next = this.#open.pop(); next !== undefined; next = this.#open.pop()) {
      const fields = next.message.fields.map((field) => [field.jsonName, this.field(field)] as const);
      if (fields.length > 0) next.schema.properties = Object.fromEntries(fields);
    }
    this.#filling = false;
  }

  field(field: FieldSchema): Schema {
    if (field.list) return { type: 'array', items: this.#single(field) };
    if (field.map !== undefined) return { type: 'object', additionalProperties: this.#single(field.map.value) };
    return this.#single(field);
  }

  #single({ type, message, enum: values }: FieldSchema): Schema {
    if (type === 'message') return this.message(message!);
    return type === 'enum' ? this.#enum(values!) : scalarSchema(type);
  }

  #enum({ name, numbers }: EnumSchema): Schema {
    if (name === 'google.protobuf.NullValue') return { type: 'null' };
    if (!this.#schemas.has(name)) this.#schemas.set(name, { type: 'string', enum: [...numbers.keys()] });
    return reference(name);
  }
}

function reference(name: string): Schema {
  return { $ref: `#/components/schemas/${name}` };
}
