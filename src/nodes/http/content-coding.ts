import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { Code } from '../../core/code.ts';
import { StatusError } from '../../core/status-error.ts';

/** Content codings that are read and written. */
export const contentCodings = ['gzip', 'deflate', 'br'] as const;
export type ContentCoding = (typeof contentCodings)[number];

const unpack = {
  gzip: promisify(zlib.gunzip),
  deflate: promisify(zlib.inflate),
  br: promisify(zlib.brotliDecompress),
};

const pack = { gzip: promisify(zlib.gzip), deflate: promisify(zlib.deflate), br: promisify(zlib.brotliCompress) };
const rawInflate = promisify(zlib.inflateRaw);

/** At its default of 11, brotli takes a hundred times longer than gzip. */
export const brotliQuality = { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 4 } };

/**
 * The codings that a Content-Encoding names, in the order in which they were put on; `identity` is left out. UNIMPLEMENTED for one that is not
 * known, and for more than two.
 */
export function parseContentEncoding(value: string | readonly string[] | undefined): readonly ContentCoding[] {
  if (value === undefined || value.length === 0) return none;
  const codings: ContentCoding[] = [];
  for (const name of [value].flat().join(',').split(',')) {
    const coding = name.trim().toLowerCase().replace(/^x-/, '');
    if (coding === '' || coding === 'identity') continue;
    const found = contentCodings.find((one) => one === coding);
    if (found === undefined)
      throw new StatusError(
        Code.UNIMPLEMENTED,
        `Cannot read content encoding ${JSON.stringify(coding.slice(0, 50))}: wanted ${contentCodings.join(', ')}`,
      );
    codings.push(found);
  }
  if (codings.length > 2)
    throw new StatusError(Code.UNIMPLEMENTED, `Cannot read a body that was compressed ${codings.length} times`);
  return codings;
}

const none: readonly ContentCoding[] = Object.freeze([]);

/** Takes codings off, the last one first. RESOURCE_EXHAUSTED once more than `maxBytes` come out, INVALID_ARGUMENT for broken bytes. */
export async function decompress(
  bytes: Uint8Array,
  codings: readonly ContentCoding[],
  maxBytes: number,
): Promise<Uint8Array> {
  let plain = bytes;
  for (const coding of codings.toReversed()) plain = await takeOff(plain, coding, maxBytes);
  return plain;
}

/** Puts codings on, the first one first. */
export async function compress(bytes: Uint8Array, codings: readonly ContentCoding[]): Promise<Uint8Array> {
  let packed = bytes;
  for (const coding of codings)
    packed = await (coding === 'br' ? pack.br(packed, brotliQuality) : pack[coding](packed));
  return packed;
}

async function takeOff(bytes: Uint8Array, coding: ContentCoding, maxBytes: number): Promise<Uint8Array> {
  const options = { maxOutputLength: Math.max(1, Math.min(maxBytes, zlibMaxBytes)) };
  try {
    // Some senders of "deflate" leave out the header that RFC 9110 asks for.
    if (coding === 'deflate' && (bytes[0]! & 0x0f) !== 8) return await rawInflate(bytes, options);
    return await unpack[coding](bytes, options);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw new StatusError(
        Code.RESOURCE_EXHAUSTED,
        `Cannot read the body: it is larger than ${maxBytes} bytes unpacked`,
      );
    throw new StatusError(Code.INVALID_ARGUMENT, `Cannot read the body: it is not ${coding}`, { cause });
  }
}

const zlibMaxBytes = 2 ** 31 - 1;
