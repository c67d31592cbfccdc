import { Code } from '../../core/code.ts';
import { StatusError } from '../../core/status-error.ts';
import { isBytes, isPlainObject } from '../../wire/value-kind.ts';
import { formatJson } from '../http/encode-body.ts';

/** Kinds of messages, numbered as frames are (RFC 6455, 11.8). */
export const MessageType = { text: 1, binary: 2, close: 8 } as const;

/** A message as payload: `data` is text or bytes. */
export interface WebsocketMessage {
  readonly type: (typeof MessageType)[keyof typeof MessageType];
  readonly data?: unknown;
}

/** What is to be written: a message, or the end of the connection. */
export type Outgoing =
  | { readonly data: string | Uint8Array }
  | { readonly close: { readonly code: number; readonly reason: string } };

/** What came, as payload. */
export function incomingMessage(data: Uint8Array, binary: boolean): WebsocketMessage {
  if (binary) return { type: MessageType.binary, data: new Uint8Array(data) };
  return { type: MessageType.text, data: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('utf8') };
}

/**
 * What a payload asks to write: `{ type, data }`, or any value as the data of a message: bytes as binary, text as text, all else as JSON text. Type
 * 8 ends the connection, with `data: { code, reason }`. INVALID_ARGUMENT for what cannot be sent.
 */
export function outgoingMessage(payload: unknown): Outgoing {
  const { type, data } = isMessage(payload) ? payload : { type: undefined, data: payload };
  if (type === MessageType.close) return { close: closeOf(data) };
  const bytes = typeof data === 'object' && data !== null && isBytes(data);
  if (type === MessageType.binary) return { data: bytes ? data : Buffer.from(textOf(data)) };
  if (bytes && type === undefined) return { data };
  return { data: bytes ? new TextDecoder().decode(data) : textOf(data) };
}

function isMessage(payload: unknown): payload is WebsocketMessage {
  if (typeof payload !== 'object' || payload === null || isBytes(payload) || !isPlainObject(payload)) return false;
  if (!Object.keys(payload).every((key) => key === 'type' || key === 'data')) return false;
  return Object.values<unknown>(MessageType).includes(payload.type);
}

function textOf(data: unknown): string {
  if (data === undefined) return '';
  return typeof data === 'string' ? data : formatJson(data);
}

function closeOf(data: unknown): { code: number; reason: string } {
  const { code = 1000, reason = '' } =
    typeof data === 'string' ? { reason: data } : ((data ?? {}) as { code?: unknown; reason?: unknown });
  const allowed =
    typeof code === 'number' &&
    ((code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)) || (code >= 3000 && code <= 4999));
  if (!allowed || typeof reason !== 'string' || Buffer.byteLength(reason) > 123)
    throw new StatusError(
      Code.INVALID_ARGUMENT,
      'Cannot close the connection so: wanted data such as { code: 1000, reason: "done" }, 123 bytes of reason at most',
    );
  return { code, reason };
}
