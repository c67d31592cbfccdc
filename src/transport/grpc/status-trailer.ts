import type { OutgoingHttpHeaders } from 'node:http2';
import type { Limits } from '../../core/acceptor.ts';
import { hasTrailer, type Status } from '../../core/status.ts';
import { packedDetails } from '../outgoing-status.ts';
import { addToHeaders, base64 } from './headers.ts';

/** A status that may leave the process, as trailers. */
export function statusTrailer(status: Status, limits: Limits): OutgoingHttpHeaders {
  const trailer: OutgoingHttpHeaders = { 'grpc-status': String(status.code) };
  if (status.message !== '') trailer['grpc-message'] = percentEncode(status.message);
  const details = packedDetails(status, limits);
  if (details !== undefined) trailer['grpc-status-details-bin'] = base64(details);
  if (hasTrailer(status)) addToHeaders(trailer, status.trailer);
  return trailer;
}

const plain = /^[\x20-\x24\x26-\x7e]*$/;

/**
 * `grpc-message` for any text (PROTOCOL-HTTP2, "Status-Message"): UTF-8, percent-encoded outside printable ASCII.
 * So are spaces at its ends, which HTTP/2 libraries refuse or cut off.
 */
export function percentEncode(text: string): string {
  const inner = plain.test(text) ? text : encodeBytes(text);
  return inner.replace(/^ +| +$/g, (spaces) => '%20'.repeat(spaces.length));
}

function encodeBytes(text: string): string {
  let encoded = '';
  for (const byte of Buffer.from(text)) {
    encoded += byte >= 0x20 && byte <= 0x7e && byte !== 0x25 ? String.fromCharCode(byte) : `%${hex(byte)}`;
  }
  return encoded;
}

function hex(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(2, '0');
}
