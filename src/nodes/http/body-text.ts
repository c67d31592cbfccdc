import { isUtf8 } from 'node:buffer';
import { Code } from '../../core/code.ts';
import { StatusError } from '../../core/status-error.ts';

/** The text of a body. Strict: bytes that are not of the charset are INVALID_ARGUMENT, else they become U+FFFD. */
export function readText(bytes: Uint8Array, charset = 'utf-8', strict = false): string {
  if (charset === 'utf-8' || charset === 'utf8' || charset === 'us-ascii') {
    if (strict && !isUtf8(bytes)) throw invalid('it is not UTF-8');
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
    return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  }
  try {
    return new TextDecoder(charset, { fatal: strict }).decode(bytes);
  } catch (cause) {
    if (cause instanceof RangeError)
      throw new StatusError(
        Code.UNIMPLEMENTED,
        `Cannot read charset ${JSON.stringify(charset.slice(0, 50))}: it is unknown`,
      );
    throw invalid(`it is not ${charset}`);
  }
}

/** The bytes of a text. UNIMPLEMENTED for charsets that are not written. */
export function writeText(text: string, charset = 'utf-8'): Uint8Array {
  switch (charset) {
    case 'utf-8':
    case 'utf8':
      return plainBytes(Buffer.from(text));
    case 'us-ascii':
    case 'iso-8859-1':
    case 'latin1':
    case 'windows-1252':
      return latin1(text, charset);
    case 'utf-16le':
      return plainBytes(Buffer.from(text, 'utf16le'));
    default:
      throw new StatusError(
        Code.UNIMPLEMENTED,
        `Cannot write charset ${JSON.stringify(charset.slice(0, 50))}: wanted utf-8, utf-16le or iso-8859-1`,
      );
  }
}

function latin1(text: string, charset: string): Uint8Array {
  const last = charset === 'iso-8859-1' || charset === 'latin1' ? 0xff : 0x7f;
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > last)
      throw new StatusError(
        Code.INVALID_ARGUMENT,
        `Cannot write the body as ${charset}: the character ${JSON.stringify(String.fromCodePoint(text.codePointAt(i)!))} is not in it`,
      );
  }
  return plainBytes(Buffer.from(text, 'latin1'));
}

/** The same bytes without what `Buffer` adds. */
export function plainBytes(bytes: Uint8Array): Uint8Array {
  return bytes.constructor === Uint8Array ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

const maxDepth = 100;

/** JSON of others: INVALID_ARGUMENT for what is none, and for what nests deeper than 100. */
export function parseJson(text: string): unknown {
  if (text.length > 2 * maxDepth && isDeep(text)) throw invalid(`its JSON is nested deeper than ${maxDepth}`);
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    // V8 quotes what it found, which may be a secret.
    const at = /at position (\d+)/.exec((cause as Error).message)?.[1];
    throw invalid(`it is not JSON${at === undefined ? '' : ` at position ${at}`}`);
  }
}

/** Looks before anything is made: parsing what is deep costs a stack. */
function isDeep(text: string): boolean {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case 0x22:
        i = endOfString(text, i);
        break;
      case 0x5b:
      case 0x7b:
        if (++depth > maxDepth) return true;
        break;
      case 0x5d:
      case 0x7d:
        depth--;
        break;
    }
  }
  return false;
}

function endOfString(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (char === 0x5c) i++;
    else if (char === 0x22) return i;
  }
  return text.length;
}

function invalid(what: string): StatusError {
  return new StatusError(Code.INVALID_ARGUMENT, `Cannot read the body: ${what}`);
}
