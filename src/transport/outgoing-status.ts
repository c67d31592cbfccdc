import type { Limits } from '../core/acceptor.ts';
import { Code } from '../core/code.ts';
import { Metadata, type ReadonlyMetadata } from '../core/metadata.ts';
import { hasTrailer, type Status, statusFrom } from '../core/status.ts';

/** Any string as one that can travel: well-formed, and cut to a number of UTF-8 bytes between characters. */
export function safeMessage(message: string, maxBytes: number): string {
  const text = message.toWellFormed();
  // No character takes more than three bytes a UTF-16 unit.
  if (text.length * 3 <= maxBytes || Buffer.byteLength(text) <= maxBytes) return text;
  const bytes = Buffer.from(text);
  let end = Math.max(0, maxBytes - 3);
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end -= 1;
  return `${bytes.toString('utf8', 0, end)}…`;
}

/** Why metadata may not be sent; undefined when it may. */
export function metadataExcess(
  metadata: ReadonlyMetadata,
  { maxMetadataPairs, maxMetadataBytes }: Pick<Limits, 'maxMetadataBytes' | 'maxMetadataPairs'>,
): string | undefined {
  const { size } = metadata;
  if (size > maxMetadataPairs) return `${size} pairs of metadata, ${maxMetadataPairs} allowed`;
  if (size === 0) return undefined;
  const bytes = metadata.byteLength;
  return bytes > maxMetadataBytes ? `${bytes} bytes of metadata, ${maxMetadataBytes} allowed` : undefined;
}

/** A status as it may leave the process: message and trailer within limits, no cause. An oversize trailer is dropped, and said so. */
export function outgoingStatus(status: Status, limits: Limits): Status {
  const { code, details } = status;
  const message = status.message === '' ? '' : safeMessage(status.message, limits.maxStatusBytes);
  if (!hasTrailer(status)) return statusFrom(code, message, { details });
  const excess = metadataExcess(status.trailer, limits);
  if (excess === undefined) return statusFrom(code, message, { details, trailer: status.trailer });
  if (code !== Code.OK) return statusFrom(code, message, { details, trailer: new Metadata() });
  return statusFrom(Code.RESOURCE_EXHAUSTED, `The trailer has ${excess}`);
}
