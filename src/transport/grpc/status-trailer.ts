import type { OutgoingHttpHeaders } from 'node:http2';
import type { Limits } from '../../core/acceptor.ts';
import type { ReadonlyMetadata } from '../../core/metadata.ts';
import { Metadata } from '../../core/metadata.ts';
import { hasTrailer, type Status } from '../../core/status.ts';
import { encodeStatusDetails } from '../../wire/error-details.ts';
import { addToHeaders } from './headers.ts';

/** A status as trailers that fit their limits; what was left out is told to `dropped`. The code always travels. */
export function statusTrailer(status: Status, limits: Limits, dropped: (what: string) => void): OutgoingHttpHeaders {
  const trailer: OutgoingHttpHeaders = { 'grpc-status': String(status.code) };
  if (status.message !== '') trailer['grpc-message'] = encodeMessage(status.message, limits.maxStatusBytes);
  if (status.details.length > 0) {
    const packed = encodeStatusDetails(status, { maxBytes: limits.maxMetadataBytes / 2 });
    if (packed !== undefined) trailer['grpc-status-details-bin'] = Buffer.from(packed).toString('base64').replace(/=+$/, '');
  }
  if (hasTrailer(status)) addToHeaders(trailer, fitting(status.trailer, limits, dropped));
  return trailer;
}

/** `grpc-message` for any text: cut to a number of UTF-8 bytes, well-formed, percent-encoded outside printable ASCII. */
export function encodeMessage(text: string, maxBytes: number): string {
  if (text.length <= maxBytes && plain.test(text)) return text;
  const bytes = Buffer.from(text.slice(0, maxBytes));
  let encoded = '';
  for (const byte of bytes.subarray(0, wholeCharacters(bytes, maxBytes))) {
    encoded += byte >= 0x20 && byte <= 0x7e && byte !== 0x25 ? String.fromCharCode(byte) : `%${hex(byte)}`;
  }
  return encoded;
}

const plain = /^[\x20-\x24\x26-\x7e]*$/;

/** The longest prefix within `max` bytes that splits no character. */
function wholeCharacters(bytes: Buffer, max: number): number {
  if (bytes.length <= max) return bytes.length;
  let end = max;
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end -= 1;
  return end;
}

function hex(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(2, '0');
}

function fitting(metadata: ReadonlyMetadata, { maxMetadataPairs, maxMetadataBytes }: Limits, dropped: (what: string) => void): ReadonlyMetadata {
  if (metadata.size <= maxMetadataPairs && metadata.byteLength <= maxMetadataBytes) return metadata;
  const kept = new Metadata();
  const left: string[] = [];
  for (const key of metadata.keys()) {
    const one = Metadata.received(new Map([[key, [...metadata.getAll(key)]]]));
    if (kept.size + one.size <= maxMetadataPairs && kept.byteLength + one.byteLength <= maxMetadataBytes) kept.merge(one);
    else left.push(key);
  }
  dropped(`trailer keys ${left.slice(0, 8).join(', ')}: the limit is ${maxMetadataPairs} pairs and ${maxMetadataBytes} bytes`);
  return kept;
}
