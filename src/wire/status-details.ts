import type { Detail } from '../core/status.ts';
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';

/** `google.rpc.Status`, as `grpc-status-details-bin` carries it. */
export interface PackedStatus {
  readonly code: number;
  readonly message: string;
  readonly details: readonly Detail[];
}

const debugInfo = '/google.rpc.DebugInfo';

/**
 * The value of `grpc-status-details-bin`, at most `maxBytes` long: DebugInfo goes first, then what stands last.
 * Undefined when no detail is left, since code and message travel on their own.
 */
export function encodeStatusDetails(
  status: PackedStatus,
  { maxBytes = 4_096 }: { maxBytes?: number } = {},
): Uint8Array | undefined {
  let details = [...status.details];
  while (details.length > 0) {
    const bytes = encode(status, details);
    if (bytes.byteLength <= maxBytes) return bytes;
    const debug = details.findLastIndex(({ typeUrl }) => typeUrl.endsWith(debugInfo));
    details = details.toSpliced(debug < 0 ? details.length - 1 : debug, 1);
  }
  return undefined;
}

/** Reads what `encodeStatusDetails` or any other gRPC library wrote; undefined when it is no such message. Never throws. */
export function decodeStatusDetails(bytes: Uint8Array): PackedStatus | undefined {
  try {
    return decode(bytes);
  } catch {
    return undefined;
  }
}

function encode({ code, message }: PackedStatus, details: readonly Detail[]): Uint8Array {
  const writer = new ByteWriter();
  writer.uint32(0x08);
  writer.int32(code);
  writer.uint32(0x12);
  writer.string(message);
  for (const { typeUrl, value } of details) {
    writer.uint32(0x1a);
    const start = writer.open();
    writer.uint32(0x0a);
    writer.string(typeUrl);
    writer.uint32(0x12);
    writer.bytes(value);
    writer.close(start);
  }
  return writer.take();
}

function decode(bytes: Uint8Array): PackedStatus {
  let code = 0;
  let message = '';
  const details: Detail[] = [];
  const reader = new ByteReader(bytes);
  while (reader.at < reader.end) {
    const tag = reader.tag();
    if (tag === 0x08) code = reader.uint32() | 0;
    else if (tag === 0x12) message = reader.string();
    else if (tag === 0x1a) details.push(decodeAny(reader.bytes()));
    else reader.skip(tag, 0);
  }
  return { code, message, details };
}

function decodeAny(bytes: Uint8Array): Detail {
  let typeUrl = '';
  let value: Uint8Array = new Uint8Array();
  const reader = new ByteReader(bytes);
  while (reader.at < reader.end) {
    const tag = reader.tag();
    if (tag === 0x0a) typeUrl = reader.string();
    else if (tag === 0x12) value = reader.bytes();
    else reader.skip(tag, 0);
  }
  return { typeUrl, value };
}
