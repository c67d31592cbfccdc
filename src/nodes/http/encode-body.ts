import { Code } from '../../core/code.ts';
import { StatusError } from '../../core/status-error.ts';
import { isBytes, isError } from '../../wire/value-kind.ts';
import { jsonOf } from '../json-of.ts';
import { plainBytes, writeText } from './body-text.ts';
import { type ContentType, parseContentType } from './content-type.ts';
import { formatForm } from './form.ts';
import { type Header, headerValue } from './header.ts';
import { randomBoundary, writeMultipart } from './multipart-write.ts';

/** A body as it is sent, before any content coding. */
export interface EncodedBody {
  readonly bytes: Uint8Array;
  /** What to send as Content-Type; undefined when there is no body. */
  readonly contentType: string | undefined;
}

const nothing: EncodedBody = Object.freeze({ bytes: new Uint8Array(), contentType: undefined });

/**
 * The bytes of a value by the `Content-Type` that the header names, the counterpart of `decodeBody`. Without one: bytes are
 * `application/octet-stream`, text is `text/plain; charset=utf-8`, all else JSON. Bytes go out as they are whatever the type; undefined, and
 * null unless the type is JSON, are no body. INVALID_ARGUMENT for a value that the type has no form for.
 */
export function encodeBody(body: unknown, header?: Header): EncodedBody {
  const given = headerValue(header, 'Content-Type');
  const contentType = given ?? defaultType(body);
  const type = parseContentType(contentType);
  if (body === undefined || (body === null && (given === undefined || type.form !== 'json'))) return nothing;
  if (typeof body === 'object' && body !== null && isBytes(body)) return { bytes: plainBytes(body), contentType };
  if (type.form === 'multipart') {
    const boundary = type.boundary ?? randomBoundary();
    const named = type.boundary === undefined ? `${contentType}; boundary=${boundary}` : contentType;
    return { bytes: writeMultipart(body, boundary, encodeBody), contentType: named };
  }
  return { bytes: writeText(textOf(body, type), type.charset), contentType };
}

function defaultType(body: unknown): string {
  if (typeof body === 'string') return 'text/plain; charset=utf-8';
  return typeof body === 'object' && body !== null && isBytes(body) ? 'application/octet-stream' : 'application/json';
}

function textOf(body: unknown, { form, essence }: ContentType): string {
  if (form === 'json') return formatJson(body);
  if (form === 'form') return typeof body === 'string' ? body : formatForm(body);
  if (typeof body === 'string') return body;
  if (form === 'text' && (typeof body === 'number' || typeof body === 'boolean' || typeof body === 'bigint'))
    return String(body);
  const came = Array.isArray(body) ? 'a list' : typeof body === 'object' ? 'a mapping' : `a ${typeof body}`;
  throw new StatusError(
    Code.INVALID_ARGUMENT,
    `Cannot write the body as ${essence}: it is ${came}, wanted text or bytes`,
  );
}

/** JSON of a value; what JSON has no form for is written as protobuf maps it, bytes in base64. */
export function formatJson(value: unknown): string {
  return JSON.stringify(isJson(value, 0) ? value : jsonOf(value));
}

function isJson(value: unknown, depth: number): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'undefined':
      return true;
    case 'number':
      return Number.isFinite(value);
    case 'object':
      break;
    default:
      return false;
  }
  if (value === null) return true;
  if (depth >= 100) throw new StatusError(Code.INVALID_ARGUMENT, 'Cannot write the body: it is nested deeper than 100');
  if (Array.isArray(value)) return value.every((item) => isJson(item, depth + 1));
  if (isBytes(value!) || isError(value!)) return false;
  for (const key in value) if (!isJson((value as Record<string, unknown>)[key], depth + 1)) return false;
  return true;
}
