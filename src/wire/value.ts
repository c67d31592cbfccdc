import { Code } from '../core/code.ts';
import type { Codec } from '../core/method.ts';
import { StatusError } from '../core/status-error.ts';
import { ByteReader, Malformed } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { Refusal } from './refusal.ts';
import { readValue } from './value-decode.ts';
import { writeHint, writeNull, writeValue } from './value-encode.ts';
import { Hint } from './value-fields.ts';

/**
 * What an untyped payload may be. Integers that a number holds exactly are numbers: a bigint within 53 bits arrives as
 * a number, one beyond 64 bits is refused. Properties that are undefined are dropped; an Error arrives with its
 * message, a StatusError with its code too (and origin `peer`), never with stack, cause or details.
 */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Error
  | Value[]
  | { [key: string]: Value | undefined };

/** "No response", which is not null: what a reply is when nobody answers. No part of a value and never a request. */
export const none: unique symbol = Symbol.for('flowrpc.none');

const typeName = 'google.protobuf.Value';

/**
 * Between plain values and the bytes of google.protobuf.Value, nested values included. The standard fields hold the
 * protobuf JSON mapping (decimal text, base64, "NaN", an object with the message), so every reader of Value is right;
 * field 15 tells flowrpc what to restore (proto/flowrpc/v1/value.proto). Lone surrogates become U+FFFD both ways.
 * Throws INVALID_ARGUMENT with the path of what is no value, nests deeper than 100 or contains itself; INTERNAL for
 * bytes that are not such a message.
 */
export const valueCodec: Codec<unknown> = { typeName, encode: encodeValue, decode: decodeValue };

/**
 * As `valueCodec`, and also between `none` and a null that is hinted to be none: for replies to callers that know the
 * hint.
 */
export const replyCodec: Codec<unknown> = {
  typeName,
  encode: (reply) => (reply === none ? noneBytes.slice() : encodeValue(reply)),
  decode: (bytes) => decode(bytes, none),
};

/** The bytes of a value, as `valueCodec` writes them. */
export function encodeValue(value: unknown): Uint8Array {
  return write((out) => writeValue(out, value, []));
}

/** The value of bytes, as `valueCodec` reads them; `none` reads as null. */
export function decodeValue(bytes: Uint8Array): unknown {
  return decode(bytes, null);
}

let idleWriter: ByteWriter | undefined = new ByteWriter();

function write(content: (out: ByteWriter) => void): Uint8Array {
  // A getter inside the value may encode another one meanwhile.
  const out = idleWriter ?? new ByteWriter();
  idleWriter = undefined;
  try {
    content(out);
    return out.take();
  } catch (error) {
    out.clear();
    if (!(error instanceof Refusal)) throw error;
    const where = error.path === '' ? '' : `"${error.path}" `;
    throw new StatusError(Code.INVALID_ARGUMENT, `Cannot encode ${typeName}: ${where}${error.message}`);
  } finally {
    idleWriter = out;
  }
}

function decode(bytes: Uint8Array, whenNone: unknown): unknown {
  try {
    return readValue(new ByteReader(bytes), 0, whenNone);
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    throw new StatusError(Code.INTERNAL, `malformed message ${typeName}: ${error.message}`);
  }
}

const noneBytes = write((out) => {
  writeNull(out);
  writeHint(out, Hint.NONE);
});
