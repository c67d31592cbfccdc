import { isDeepStrictEqual } from 'node:util';
import { isBytes } from '../../wire/value-kind.ts';
import { decodeBody } from './decode-body.ts';
import { encodeBody } from './encode-body.ts';
import { type Header, headerValue } from './header.ts';

/** A body as it came, beside the value that was made of it: what nobody changed goes on byte for byte. */
export interface RawBody {
  readonly bytes: Uint8Array;
  readonly value: unknown;
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
}

/** More than any body that was unpacked before. */
const mostUnpacked = 64 * 1024 * 1024;

/** Of bodies that nodes made from an answer, by payload and by body. */
const raws = new WeakMap<object, RawBody>();

/** What a body came as. */
export function rawBody(bytes: Uint8Array, value: unknown, header: Header): RawBody {
  return {
    bytes,
    value,
    contentType: headerValue(header, 'Content-Type'),
    contentEncoding: headerValue(header, 'Content-Encoding'),
  };
}

/** Remembers what the body of a payload came as, as long as one of them is there. */
export function rememberRaw(payload: object, raw: RawBody): void {
  raws.set(payload, raw);
  if (typeof raw.value === 'object' && raw.value !== null) raws.set(raw.value, raw);
}

/** What the body of a payload came as, when it did and is the same still. */
export function recallRaw(payload: object, body: unknown): RawBody | undefined {
  return raws.get(payload) ?? (typeof body === 'object' && body !== null ? raws.get(body) : undefined);
}

/** Whether a body, under this header, is still what came. A node may have changed it in place, so objects are looked into. */
export async function isUnchanged(body: unknown, header: Header | undefined, raw: RawBody): Promise<boolean> {
  if (body !== raw.value || headerValue(header, 'Content-Type') !== raw.contentType) return false;
  if (headerValue(header, 'Content-Encoding') !== raw.contentEncoding) return false;
  if (typeof body !== 'object' || body === null) return true;
  const encoded = raw.contentEncoding !== undefined;
  // Its memory is that of the bytes themselves; those that could not be unpacked are still packed.
  if (isBytes(body) && (!encoded || body === raw.bytes)) return true;
  const given = { 'Content-Type': raw.contentType, 'Content-Encoding': raw.contentEncoding };
  if (!encoded && !isBytes(body) && !raw.contentType?.startsWith('multipart/')) {
    if (Buffer.compare(encodeBody(body, given).bytes, raw.bytes) === 0) return true;
  }
  const again: unknown = await decodeBody(raw.bytes, given, { maxBytes: mostUnpacked });
  return isDeepStrictEqual(again, body);
}
