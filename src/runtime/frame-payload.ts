import { codeName } from '../core/code.ts';
import { statusOf } from '../core/status-error.ts';
import { ByteStream } from '../nodes/byte-stream.ts';
import type { Secrets } from '../nodes/secrets.ts';
import { isBytes, isError, publicError } from '../wire/value-kind.ts';

export interface PayloadBounds {
  /** About how many bytes of a payload are kept; what does not fit is told by how much there was. */
  readonly maxBytes: number;
  /** Levels of nesting that are kept. */
  readonly maxDepth: number;
}

/** A payload as plain JSON for people to read: without secrets, within bounds. Never throws, whatever the payload is. */
export function shownPayload(payload: unknown, secrets: Secrets | undefined, bounds: PayloadBounds): unknown {
  try {
    const open = secrets === undefined ? payload : secrets.redactValue(payload);
    return shown(open, bounds.maxDepth, { left: bounds.maxBytes });
  } catch {
    return '[not shown]';
  }
}

/** An error as its code and message, without secrets, within bounds. */
export function shownError(
  error: Error,
  secrets: Secrets | undefined,
  { maxBytes }: PayloadBounds,
): { code: string; message: string } {
  const { code, message } = statusOf(error);
  const text = secrets === undefined ? message : secrets.redact(message);
  return { code: codeName(code), message: cut(text, { left: maxBytes }) };
}

/** About how many bytes something that `shownPayload` gave takes. */
export function shownBytes(value: unknown): number {
  if (typeof value === 'string') return 8 + value.length;
  if (typeof value !== 'object' || value === null) return 8;
  let bytes = 16;
  for (const [key, item] of Object.entries(value)) bytes += key.length + shownBytes(item);
  return bytes;
}

interface Budget {
  left: number;
}

function shown(value: unknown, depth: number, budget: Budget): unknown {
  budget.left -= 8;
  switch (typeof value) {
    case 'string':
      return cut(value, budget);
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'boolean':
      return value;
    case 'bigint':
      return cut(value.toString(), budget);
    case 'object':
      return value === null ? null : shownObject(value, depth, budget);
    default:
      return `[${typeof value}]`;
  }
}

function shownObject(value: object, depth: number, budget: Budget): unknown {
  if (isBytes(value)) return shownBinary(value, budget);
  if (value instanceof ByteStream) return '[byte stream]';
  if (isError(value)) {
    const { code, message } = publicError(value);
    return { message: cut(message, budget), ...(code !== undefined && { code }) };
  }
  if (depth <= 0) return Array.isArray(value) ? `[list of ${value.length}]` : '[object]';
  return Array.isArray(value) ? shownList(value, depth, budget) : shownFields(value, depth, budget);
}

function shownList(list: readonly unknown[], depth: number, budget: Budget): unknown[] {
  const items: unknown[] = [];
  for (const item of list) {
    if (budget.left <= 0) return [...items, `… ${list.length - items.length} more`];
    items.push(shown(item, depth - 1, budget));
  }
  return items;
}

function shownFields(value: object, depth: number, budget: Budget): unknown {
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  const fields: [string, unknown][] = [];
  for (const [key, item] of entries) {
    if (budget.left <= 0) {
      fields.push(['…', `${entries.length - fields.length} more`]);
      break;
    }
    fields.push([cut(key, budget), shown(item, depth - 1, budget)]);
  }
  return Object.fromEntries(fields);
}

/** Base64, as JSON of protobuf has bytes. */
function shownBinary(bytes: Uint8Array, budget: Budget): string {
  const fitting = Math.max(0, Math.floor(budget.left / 4) * 3);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(fitting, bytes.byteLength)).toString('base64');
  budget.left -= text.length;
  return bytes.byteLength <= fitting ? text : `${text}… ${bytes.byteLength} bytes`;
}

function cut(text: string, budget: Budget): string {
  const fitting = Math.max(0, budget.left);
  budget.left -= text.length;
  return text.length <= fitting ? text : `${text.slice(0, fitting)}… ${text.length} characters`;
}
