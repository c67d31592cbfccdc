import { copyValue } from '../copy-value.ts';
import type { Reply } from '../reply.ts';

/** What each of so many gets of the reply to all: its element of a list that has one for each, or else the whole. */
export function repliesFor(count: number, reply: Reply): Reply[] {
  if (Array.isArray(reply) && reply.length === count) return reply;
  return Array.from({ length: count }, (_, index) => (index === 0 ? reply : copyValue(reply)));
}
