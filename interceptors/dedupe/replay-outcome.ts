import { type Call, Code, Metadata, type Status, withStatus } from 'flowrpc';
import type { DedupeOutcome } from './dedupe-answers.ts';

/** Ends a call as another one with its key ended. */
export async function replayOutcome(call: Call, { status, header, message }: DedupeOutcome): Promise<Status> {
  if (status.code !== Code.OK) return copyOf(status);
  call.sendHeader(replayedHeader().merge(header ?? new Metadata()));
  await call.respond(message);
  return copyOf(status);
}

/** What tells the caller that nothing was carried out for this call. */
export function replayedHeader(): Metadata {
  return new Metadata({ 'idempotency-replayed': 'true' });
}

/** Interceptors further out may add to the trailer of what they are given. */
export function copyOf(status: Status): Status {
  return withStatus(status, { trailer: status.trailer.clone() });
}
