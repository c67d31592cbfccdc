import { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import type { Fields, MessageSchema } from './schema.ts';

/** Where a decoded message holds what its type does not know. A spread copies it; keys, JSON and loops do not see it. */
export const unknownFields: unique symbol = Symbol('unknown fields');

/** A message with a place for what its type does not know. */
export type Holder = Fields & { [unknownFields]?: UnknownFields };

/** The fields that a message came with and its type does not know, in the bytes and the order in which they came. */
export class UnknownFields {
  readonly #schema: MessageSchema;
  /** One character a byte: of many small things texts are the smallest, and they grow without a copy. */
  #bytes = '';

  constructor(schema: MessageSchema) {
    this.#schema = schema;
  }

  get bytes(): number {
    return this.#bytes.length;
  }

  append(bytes: string): void {
    this.#bytes += bytes;
  }

  /**
   * Writes them into a message of the same type. Into another one they do not belong: there their numbers are other fields. Of two
   * versions of a type the writer may know what the reader did not; what the message says of such a field itself counts then.
   */
  write(out: ByteWriter, schema: MessageSchema, message: Fields): void {
    if (schema === this.#schema) out.latin1(this.#bytes);
    else if (schema.name === this.#schema.name) this.#writeUnsaid(out, schema, message);
  }

  #writeUnsaid(out: ByteWriter, schema: MessageSchema, message: Fields): void {
    const said = new Set<number>();
    for (const { number, localName, oneof } of schema.fields)
      if (Object.hasOwn(message, oneof?.localName ?? localName)) said.add(number);
    const from = new ByteReader(Buffer.from(this.#bytes, 'latin1'));
    while (!from.done) {
      const start = from.at;
      const tag = from.tag();
      from.skip(tag, 0);
      if (!said.has(tag >>> 3)) out.latin1(from.latin1(start, from.at));
    }
  }
}

/** Adds bytes of the reader to what a message holds. */
export function holdUnknown(
  message: Holder,
  schema: MessageSchema,
  from: ByteReader,
  start: number,
  end: number,
): void {
  const held = (message[unknownFields] ??= new UnknownFields(schema));
  held.append(from.latin1(start, end));
}
