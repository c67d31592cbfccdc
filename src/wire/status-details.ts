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
  const details = fitting(status.details, maxBytes - encode(status, []).byteLength);
  return details.length === 0 ? undefined : encode(status, details);
}

/** Those that there is room for. Sizes are added up: peers may send thousands, and each would cost another encoding of the rest. */
function fitting(details: readonly Detail[], room: number): readonly Detail[] {
  const sizes = details.map(sizeOf);
  let size = sizes.reduce((sum, one) => sum + one, 0);
  const dropped = new Set<number>();
  for (const debug of [true, false]) {
    for (let at = details.length - 1; at >= 0 && size > room; at--) {
      if (details[at]!.typeUrl.endsWith(debugInfo) !== debug) continue;
      dropped.add(at);
      size -= sizes[at]!;
    }
  }
  return dropped.size === 0 ? details : details.filter((_, at) => !dropped.has(at));
}

/** Bytes of a detail within a status. */
function sizeOf({ typeUrl, value }: Detail): number {
  return delimitedSize(delimitedSize(Buffer.byteLength(typeUrl)) + delimitedSize(value.byteLength));
}

/** Bytes of a field of so many, with its tag and its length. */
function delimitedSize(bytes: number): number {
  let size = 2 + bytes;
  for (let rest = bytes; rest > 127; rest = Math.floor(rest / 128)) size += 1;
  return size;
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
