import { Code } from '../../core/code.ts';
import { StatusError } from '../../core/status-error.ts';

/** Header fields as nodes may write them: names in any case, one value or several. */
export type Header = Readonly<Record<string, string | readonly string[] | undefined>>;

const canonicalNames = new Map<string, string>();

/** A header name as HTTP/1.1 people write it: `content-type` and `CONTENT-TYPE` are `Content-Type`. */
export function canonicalName(name: string): string {
  let canonical = canonicalNames.get(name);
  if (canonical === undefined) {
    canonical = name.toLowerCase().replace(/(?:^|-)[a-z]/g, (start) => start.toUpperCase());
    // Peers choose names, so not all of them are kept.
    if (canonicalNames.size < 1_000 && name.length < 100) canonicalNames.set(name, canonical);
  }
  return canonical;
}

/** Names and values in turn, as `rawHeaders` has them, by canonical name. Fields of HTTP/2's own (`:path`) are left out. */
export function headerFromRaw(raw: readonly (string | Uint8Array)[]): Record<string, string[]> {
  const header: Record<string, string[]> = {};
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = latin1(raw[i]!);
    if (name.startsWith(':')) continue;
    const canonical = canonicalName(name);
    const values = Object.hasOwn(header, canonical) ? header[canonical] : undefined;
    if (values !== undefined) values.push(latin1(raw[i + 1]!));
    else if (canonical === '__proto__')
      Object.defineProperty(header, canonical, { value: [latin1(raw[i + 1]!)], enumerable: true });
    else header[canonical] = [latin1(raw[i + 1]!)];
  }
  return header;
}

/** The first value of a header field; names in any case. */
export function headerValue(header: Header | undefined, name: string): string | undefined {
  return headerValues(header, name)[0];
}

const noValues: readonly string[] = [];

/** All values of a header field; names in any case. */
export function headerValues(header: Header | undefined, name: string): readonly string[] {
  if (header === undefined || header === null) return noValues;
  const canonical = canonicalName(name);
  const direct = Object.hasOwn(header, canonical) ? header[canonical] : undefined;
  if (direct !== undefined) return typeof direct === 'string' ? [direct] : direct;
  const found: string[] = [];
  for (const key of Object.keys(header)) {
    const value = header[key];
    if (value !== undefined && key !== canonical && canonicalName(key) === canonical) found.push(...[value].flat());
  }
  return found;
}

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
// Control characters split messages; beyond U+00FF nothing can be written.
const forbidden = /[^\t\x20-\x7e\x80-\xff]/;

/** What nodes wrote, by canonical name. INVALID_ARGUMENT for what cannot be sent. */
export function canonicalHeader(header: Header | undefined): Record<string, string[]> {
  const canonical: Record<string, string[]> = {};
  for (const [name, value] of Object.entries(header ?? {})) {
    if (value === undefined || value === null) continue;
    const values = [value].flat();
    if (!token.test(name))
      throw invalid(`header name ${JSON.stringify(name.slice(0, 100))}: wanted letters, digits and "-"`);
    for (const one of values) {
      if (typeof one !== 'string')
        throw invalid(`header "${name}" with ${kindOf(one)}: wanted text or a list of texts`);
      if (forbidden.test(one)) throw invalid(`header "${name}": its value has a character that headers must not have`);
    }
    const key = canonicalName(name);
    if (key === '__proto__') throw invalid('header "__proto__": it is no name that anybody means');
    canonical[key] = Object.hasOwn(canonical, key) ? [...canonical[key]!, ...values] : [...values];
  }
  return canonical;
}

function latin1(value: string | Uint8Array): string {
  return typeof value === 'string'
    ? value
    : Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1');
}

function kindOf(value: unknown): string {
  return value === null ? 'null' : `a ${typeof value}`;
}

function invalid(what: string): StatusError {
  return new StatusError(Code.INVALID_ARGUMENT, `Cannot send ${what}`);
}
