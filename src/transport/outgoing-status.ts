import type { Limits, Route } from '../core/acceptor.ts';
import { hasTrailer, type Status, statusFrom } from '../core/status.ts';
import type { Logger } from '../observability/logger.ts';
import { encodeStatusDetails } from '../wire/status-details.ts';
import { metadataExcess } from './outgoing-metadata.ts';

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

/**
 * A status as it may leave the process: message and trailer within limits, no cause. A trailer that is too large is left out
 * and the log told: what became of the call is the handler's to say, which may have done its work.
 */
export function outgoingStatus(status: Status, { method, limits }: Route, logger: Logger): Status {
  const { code, details } = status;
  const message = status.message === '' ? '' : safeMessage(status.message, limits.maxStatusBytes);
  if (!hasTrailer(status)) return statusFrom(code, message, { details });
  const excess = metadataExcess(status.trailer, limits);
  if (excess === undefined) return statusFrom(code, message, { details, trailer: status.trailer });
  logger.warn('trailer dropped', { method: method.path, excess });
  return statusFrom(code, message, { details });
}

/** The details of a status as bytes, on every transport the same: what does not fit is left out. */
export function packedDetails(status: Status, { maxMetadataBytes }: Limits): Uint8Array | undefined {
  return status.details.length === 0 ? undefined : encodeStatusDetails(status, { maxBytes: maxMetadataBytes / 2 });
}
