import { Code } from '../core/code.ts';
import type { Codec, Method, ProtoFile } from '../core/method.ts';
import { StatusError, statusOf } from '../core/status-error.ts';
import { descriptorIndex } from '../wire/descriptor-index.ts';
import { jsonToMessage } from '../wire/json/json-to-message.ts';
import { messageToJson } from '../wire/json/message-to-json.ts';
import { messageCodec } from '../wire/message-codec.ts';
import { encodeKnown, type MessageType } from '../wire/message-type.ts';
import { valueCodec } from '../wire/value.ts';
import { jsonOf } from './json-of.ts';
import type { NodeTypes } from './node-service.ts';
import { none, type Reply } from './reply.ts';

/** The messages at one end of an edge; left out stands for a plain value. */
export interface EndTypes {
  readonly request?: MessageType;
  readonly response?: MessageType;
  /** Where messages inside `google.protobuf.Any` are looked up. */
  readonly files?: readonly ProtoFile[];
}

/** Makes of what one end gives what the other takes. */
export type Convert = (payload: unknown) => unknown;

/** What an edge does to its payloads. A part that is left out passes them as they are. */
export interface Conversion {
  /** Throws a StatusError INVALID_ARGUMENT with the path of what does not fit. */
  readonly request: Convert | undefined;
  /** A reply that does not fit is INTERNAL: its sender is not who asked. `none` and errors pass. */
  readonly reply: Convert | undefined;
}

/**
 * What happens to payloads between two ends of an edge, which is the same in one process as between two: messages go through the bytes
 * that the wire would carry, and between messages and values stands protobuf's JSON mapping. Undefined when both ends take values.
 * `called`: the other end is a client, which checks and fills in messages by itself.
 */
export function conversion(
  { request: sent, response: expected, files }: EndTypes,
  { request: taken, response: given, files: others }: EndTypes,
  { called = false } = {},
): Conversion | undefined {
  const request = between(sent, taken) ?? toValue(sent, files, false) ?? toMessage(taken, others, called);
  const back = between(given, expected) ?? toValue(given, others, called) ?? toMessage(expected, files, false);
  return request === undefined && back === undefined ? undefined : { request, reply: back && replies(back) };
}

/** What a method takes and gives. */
export function typesOf({ request, response }: Method, files: readonly ProtoFile[] = []): EndTypes {
  return { ...(isTyped(request) && { request }), ...(isTyped(response) && { response }), files };
}

/** What an in-port takes and answers with, or an out-port sends and expects. */
export function portTypes({ kind, fields, files }: NodeTypes, port: string, direction: 'in' | 'out'): EndTypes {
  const { request, response } = kind.portType?.(port, direction, fields) ?? {};
  return {
    ...(isMessage(request) && { request: messageCodec(files, request) }),
    ...(isMessage(response) && { response: messageCodec(files, response) }),
    files,
  };
}

/** Whether a type is something else than any value. */
export function isMessage(type: string | undefined): type is string {
  return type !== undefined && type !== valueCodec.typeName;
}

function isTyped(codec: Codec<unknown>): codec is MessageType {
  return 'schema' in codec && isMessage(codec.typeName);
}

function between(from: MessageType | undefined, to: MessageType | undefined): Convert | undefined {
  if (from === undefined || to === undefined) return undefined;
  // What its sender's type does not know may be anything under another name.
  if (from.typeName !== to.typeName) return (message) => to.decode(encodeKnown(from, message));
  return (message) => to.decode(from.encode(message as never));
}

/** What was left out of a message has its default then, as after a call. */
function toValue(type: MessageType | undefined, files: EndTypes['files'], decoded: boolean): Convert | undefined {
  if (type === undefined) return undefined;
  const options = { index: files && descriptorIndex(files), defaults: true };
  if (decoded) return (message) => messageToJson(type, message, options);
  return (message) => messageToJson(type, type.decode(type.encode(message as never)), options);
}

function toMessage(type: MessageType | undefined, files: EndTypes['files'], sent: boolean): Convert | undefined {
  if (type === undefined) return undefined;
  const options = { index: files && descriptorIndex(files) };
  if (sent) return (value) => jsonToMessage(type, jsonOf(value), options);
  return (value) => type.decode(type.encode(jsonToMessage(type, jsonOf(value), options) as never));
}

function replies(convert: Convert): Convert {
  return (reply: Reply) => {
    if (reply === none || reply instanceof Error) return reply;
    try {
      return convert(reply);
    } catch (thrown) {
      throw new StatusError(Code.INTERNAL, statusOf(thrown).message, { cause: thrown });
    }
  };
}
