import { parseJson, plainBytes, readText } from './body-text.ts';
import { decompress, parseContentEncoding } from './content-coding.ts';
import { parseContentType } from './content-type.ts';
import { parseForm } from './form.ts';
import { type Header, headerValue, headerValues } from './header.ts';
import { readMultipart } from './multipart-read.ts';

export interface DecodeOptions {
  /** Most bytes that compressed ones may become. Default 4 MiB. */
  maxBytes?: number;
}

/**
 * The value of a body by `Content-Type` and `Content-Encoding`: JSON (`+json` too) as it is, text and XML as text, a form as every value of
 * every name, `multipart/form-data` as `{ values, files }`, all else as bytes; undefined when there is no body at all. A promise where
 * something was compressed or has parts.
 *
 * Throws or rejects with INVALID_ARGUMENT for what is not of its type, UNIMPLEMENTED for a coding or charset that is not known, and
 * RESOURCE_EXHAUSTED for what is larger than `maxBytes` unpacked.
 */
export function decodeBody(
  bytes: Uint8Array,
  header: Header | undefined,
  { maxBytes = 4 * 1024 * 1024 }: DecodeOptions = {},
): unknown {
  const contentType = headerValue(header, 'Content-Type');
  const encoding = headerValues(header, 'Content-Encoding');
  if (encoding.length === 0 || bytes.length === 0) return readBody(bytes, contentType, maxBytes);
  const codings = parseContentEncoding(encoding);
  if (codings.length === 0) return readBody(bytes, contentType, maxBytes);
  return decompress(bytes, codings, maxBytes).then((plain) => readBody(plain, contentType, maxBytes));
}

function readBody(bytes: Uint8Array, contentType: string | undefined, maxBytes: number): unknown {
  const { form, charset } = parseContentType(contentType);
  switch (form) {
    case 'json':
      return bytes.length === 0 ? undefined : parseJson(readText(bytes, charset, true));
    case 'text':
      return readText(bytes, charset);
    case 'form':
      return parseForm(readText(bytes, charset, true));
    case 'multipart':
      // A form inside of a form stays as it came.
      return readMultipart(bytes, contentType!, { maxBytes, read: (part, type) => partValue(part, type, maxBytes) });
    default:
      return bytes.length === 0 && contentType === undefined ? undefined : plainBytes(bytes);
  }
}

function partValue(bytes: Uint8Array, contentType: string, maxBytes: number): unknown {
  return parseContentType(contentType).form === 'multipart'
    ? plainBytes(bytes)
    : readBody(bytes, contentType, maxBytes);
}
