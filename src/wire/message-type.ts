import { Code } from '../core/code.ts';
import type { Init } from '../core/init.ts';
import type { Codec } from '../core/method.ts';
import { StatusError } from '../core/status-error.ts';
import { ByteReader, Malformed } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import type { CodecStyle } from './codec-options.ts';
import { decoderOf } from './message-decoder.ts';
import { type EncodeMessage, encoderOf } from './message-encoder.ts';
import { redactMessage } from './redact.ts';
import { Refusal } from './refusal.ts';
import type { MessageSchema } from './schema.ts';

/** A message type as a value: its codec and what it is made from. */
export interface MessageType<T = unknown> {
  /** Full name: `helloworld.HelloRequest`. */
  readonly typeName: Codec<T>['typeName'];
  /**
   * Bytes of a plain object; fields left out have their default. What a message of the type was decoded with and the type does not know is
   * written again. Throws INVALID_ARGUMENT with the field path.
   */
  encode(message: Init<T>): Uint8Array;
  /**
   * A plain object with defaults filled in. It holds unknown fields out of sight, and so does a copy by spread, for `encode` alone.
   * Throws INTERNAL when the bytes are not such a message.
   */
  decode(bytes: Uint8Array): T;
  /** A message for logs: fields with `debug_redact = true` hold `<redacted>`, nested ones too. */
  redact(message: unknown): unknown;
  readonly schema: MessageSchema;
  readonly style: CodecStyle;
}

const types = { bigint: new WeakMap<MessageSchema, MessageType>(), string: new WeakMap<MessageSchema, MessageType>() };

/** The codec of a schema; the same one for the same schema and style. */
export function typeOf(schema: MessageSchema, style: CodecStyle): MessageType {
  const known = types[style.int64];
  let type = known.get(schema);
  if (type === undefined) known.set(schema, (type = makeType(schema, style)));
  return type;
}

let idleWriter: ByteWriter | undefined = new ByteWriter();

function makeType(schema: MessageSchema, style: CodecStyle): MessageType {
  const typeName = schema.name;
  const encoder = encoderOf(schema);
  const decoder = decoderOf(schema, style);
  return {
    typeName,
    schema,
    style,
    redact: (message) => redactMessage(schema, message),
    encode: (message) => encoded(encoder, typeName, message, true),
    decode(bytes) {
      try {
        const from = new ByteReader(bytes);
        const message = decoder.create();
        decoder.merge(from, message, 0, 0);
        return message;
      } catch (error) {
        if (!(error instanceof Malformed)) throw error;
        throw new StatusError(Code.INTERNAL, `malformed message ${typeName}: ${error.message}`);
      }
    },
  };
}

/** As `encode`, without what the type does not know. */
export function encodeKnown({ schema, typeName }: MessageType, message: unknown): Uint8Array {
  return encoded(encoderOf(schema), typeName, message, false);
}

function encoded(encode: EncodeMessage, typeName: string, message: unknown, keepsUnknown: boolean): Uint8Array {
  // A getter of the message may encode another one meanwhile.
  const out = idleWriter ?? new ByteWriter();
  idleWriter = undefined;
  out.keepsUnknown = keepsUnknown;
  try {
    encode(out, message, 0);
    return out.take();
  } catch (error) {
    out.clear();
    throw refused(typeName, error);
  } finally {
    idleWriter = out;
  }
}

function refused(typeName: string, error: unknown): unknown {
  if (!(error instanceof Refusal)) return error;
  const where = error.path === '' ? '' : `"${error.path}" `;
  return new StatusError(Code.INVALID_ARGUMENT, `Cannot encode ${typeName}: ${where}${error.message}`);
}
