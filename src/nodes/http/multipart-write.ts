import { randomBytes } from 'node:crypto';
import { Code } from '../../core/code.ts';
import { StatusError } from '../../core/status-error.ts';
import { isBytes, isPlainObject } from '../../wire/value-kind.ts';
import type { EncodedBody } from './encode-body.ts';
import { fieldText } from './form.ts';
import { canonicalHeader, type Header } from './header.ts';

/** Writes the content of a part. */
type Encode = (body: unknown, header: Header) => EncodedBody;

/**
 * Writes `{ values, files }` as `readMultipart` gives it; other names are values too. A file is `{ filename, header, data }`, or its data alone,
 * which is named like the field then.
 */
export function writeMultipart(body: unknown, boundary: string, encode: Encode): Uint8Array {
  if (typeof body !== 'object' || body === null || !isPlainObject(body))
    throw invalid('wanted a mapping such as { values: { name: "Ada" }, files: { photo: { filename, data } } }');
  const chunks: Uint8Array[] = [];
  const part = (disposition: string, header: Record<string, string[]>, content: Uint8Array): void => {
    const fields = { 'Content-Disposition': [`form-data; ${disposition}`], ...header };
    const lines = Object.entries(fields).flatMap(([name, all]) => all.map((value) => `${name}: ${value}\r\n`));
    chunks.push(Buffer.from(`--${boundary}\r\n${lines.join('')}\r\n`), content, Buffer.from('\r\n'));
  };
  const value = (name: string, item: unknown): void => {
    for (const one of [item].flat())
      if (one !== undefined && one !== null) part(`name="${quoted(name)}"`, {}, Buffer.from(fieldText(name, one)));
  };
  const file = (name: string, item: unknown): void => {
    for (const one of [item].flat()) {
      const { filename, header, data } = fileOf(name, one);
      const { bytes, contentType = 'application/octet-stream' } = encode(data, header);
      const { 'Content-Disposition': _, ...rest } = canonicalHeader(header);
      const names = `name="${quoted(name)}"; filename="${quoted(filename)}"`;
      part(names, { ...rest, 'Content-Type': [contentType] }, bytes);
    }
  };
  for (const [name, item] of Object.entries(body)) {
    if (name === 'values') for (const [field, one] of entriesOf(item, name)) value(field, one);
    else if (name === 'files') for (const [field, one] of entriesOf(item, name)) file(field, one);
    else value(name, item);
  }
  chunks.push(Buffer.from(`--${boundary}--\r\n`));
  return Buffer.concat(chunks);
}

/** A boundary that is in no content. */
export function randomBoundary(): string {
  return `flowrpc-${randomBytes(18).toString('hex')}`;
}

function fileOf(name: string, item: unknown): { filename: string; header: Header; data: unknown } {
  if (typeof item === 'object' && item !== null && !isBytes(item) && isPlainObject(item) && 'data' in item) {
    const { filename = name, header = {}, data } = item;
    if (typeof filename !== 'string' || typeof header !== 'object' || header === null)
      throw invalid(`file ${JSON.stringify(name)} is not understood, wanted { filename, header, data }`);
    return { filename, header: header as Header, data };
  }
  return { filename: name, header: {}, data: item };
}

function entriesOf(mapping: unknown, name: string): [string, unknown][] {
  if (mapping === undefined || mapping === null) return [];
  if (typeof mapping !== 'object' || !isPlainObject(mapping)) throw invalid(`"${name}" wants a mapping of field names`);
  return Object.entries(mapping);
}

/** As browsers write names (HTML, "multipart/form-data encoding algorithm"). */
function quoted(name: string): string {
  return name.replace(/\r\n|\r|\n/g, '%0D%0A').replaceAll('"', '%22');
}

function invalid(what: string): StatusError {
  return new StatusError(Code.INVALID_ARGUMENT, `Cannot write the body as multipart/form-data: ${what}`);
}
