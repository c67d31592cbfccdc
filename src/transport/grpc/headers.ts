import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http2';
import { Metadata, type ReadonlyMetadata } from '../../core/metadata.ts';

/** Belong to the protocol, so handlers do not see them. */
const protocolKeys = new Set([
  'accept-encoding',
  'content-type',
  'grpc-accept-encoding',
  'grpc-encoding',
  'grpc-timeout',
  'te',
]);

/** Metadata from headers as they came: name, value, name, value. Repeated names keep their values apart. */
export function metadataFromRaw(raw: readonly string[]): Metadata {
  const pairs = new Map<string, (string | Uint8Array)[]>();
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index]!;
    if (name.charCodeAt(0) === 58 || protocolKeys.has(name)) continue;
    let values = pairs.get(name);
    if (values === undefined) pairs.set(name, (values = []));
    if (name.endsWith('-bin'))
      for (const part of raw[index + 1]!.split(',')) values.push(Buffer.from(part.trim(), 'base64'));
    else values.push(raw[index + 1]!);
  }
  return Metadata.received(pairs);
}

/** Number and size (RFC 9113, 6.5.2) of the pairs a caller chose itself. */
export function customSize(raw: readonly string[]): { pairs: number; bytes: number } {
  let pairs = 0;
  let bytes = 0;
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index]!;
    if (name.charCodeAt(0) === 58 || protocolKeys.has(name)) continue;
    pairs += 1;
    bytes += 32 + name.length + raw[index + 1]!.length;
  }
  return { pairs, bytes };
}

/** Adds metadata to outgoing headers; bytes travel as base64 without padding (PROTOCOL-HTTP2, "Custom-Metadata"). */
export function addToHeaders(headers: OutgoingHttpHeaders, metadata: ReadonlyMetadata): void {
  for (const key of metadata.keys()) {
    const values = metadata.getAll(key).map(headerValue);
    headers[key] = values.length === 1 ? values[0] : values;
  }
}

function headerValue(value: string | Uint8Array): string {
  return typeof value === 'string' ? value : base64(value);
}

/** Base64 without padding, as `-bin` values travel. */
export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64').replace(/=+$/, '');
}

/** The one value of a header. */
export function single(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}
