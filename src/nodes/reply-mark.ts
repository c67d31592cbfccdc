import { Code, codeOf } from '../core/code.ts';
import type { Codec } from '../core/method.ts';
import { StatusError, statusOf } from '../core/status-error.ts';
import { safeMessage } from '../transport/outgoing-status.ts';
import { ByteReader, Malformed } from '../wire/byte-reader.ts';
import { ByteWriter } from '../wire/byte-writer.ts';
import { ReplyMark } from '../wire/gen/flowrpc/v1/edge.ts';
import { replyCodec } from '../wire/value.ts';
import { none } from './reply.ts';

const markTag = ((536870911 << 3) | 2) >>> 0;
/** Bytes that a marked message has somewhere; others need no second look. */
const markTagBytes = tagged(new Uint8Array(0)).subarray(0, 5);
const maxMessageBytes = 16 * 1024;

/**
 * The codec of replies on a stream between a node and an edge: "no response" and errors are messages, too. Typed ones are marked in a
 * field that other readers skip (proto/flowrpc/v1/edge.proto), values are hinted. An error has a mark in both, so that it arrives with
 * code, message and details, as the status of a unary call does.
 */
export function markedCodec(reply: Codec<unknown>): Codec<unknown> {
  const hinted = reply.typeName === replyCodec.typeName;
  return {
    typeName: reply.typeName,
    encode(message) {
      if (message === none) return hinted ? reply.encode(message) : tagged(noneMark);
      if (!(message instanceof Error)) return reply.encode(message);
      return hinted ? Buffer.concat([reply.encode(message), tagged(errorMark(message))]) : tagged(errorMark(message));
    },
    decode(bytes) {
      const mark = markIn(bytes);
      return mark === undefined ? reply.decode(bytes) : mark;
    },
    ...(reply.redact !== undefined && {
      redact: (message) => (message === none || message instanceof Error ? message : reply.redact!(message)),
    }),
  };
}

const noneMark = ReplyMark.encode({ kind: { case: 'none', value: true } });

function errorMark(error: Error): Uint8Array {
  const { code, message, details } = statusOf(error);
  return ReplyMark.encode({
    kind: {
      case: 'error',
      value: { code: code || Code.UNKNOWN, message: safeMessage(message, maxMessageBytes), details: [...details] },
    },
  });
}

function tagged(mark: Uint8Array): Buffer {
  const out = new ByteWriter();
  out.uint32(markTag);
  out.bytes(mark);
  return out.take();
}

/** `none` or the error that a message stands for; undefined for one that is a value. */
function markIn(bytes: Uint8Array): unknown {
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!buffer.includes(markTagBytes)) return undefined;
  try {
    const from = new ByteReader(buffer);
    while (!from.done) {
      const tag = from.tag();
      if (tag === markTag) return markOf(from.bytes());
      from.skip(tag, 0);
    }
    return undefined;
  } catch (thrown) {
    // The codec of the reply says better what is wrong with it.
    if (thrown instanceof Malformed) return undefined;
    throw thrown;
  }
}

function markOf(bytes: Uint8Array): unknown {
  const { kind } = ReplyMark.decode(bytes);
  if (kind?.case !== 'error') return kind === undefined ? undefined : none;
  const { code, message, details } = kind.value;
  return new StatusError(codeOf(code) || Code.UNKNOWN, message, { details, origin: 'peer' });
}
