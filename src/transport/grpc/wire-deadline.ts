import type { CallNode } from '../../core/call.ts';
import { earliest } from '../../core/deadline.ts';
import { streamsRequests } from '../../core/method.ts';

/** The longest deadline sent, 24.8 days: grpc-js servers take longer ones for the past, and its clients die of some. */
const longestMs = 2_147_483_000;

/** The deadline for grpc-js. While requests are sent our own comes a moment before it: see ClientCall. */
export function wireDeadline({ deadline, method }: CallNode): number {
  if (deadline === Number.POSITIVE_INFINITY) return deadline;
  return earliest(streamsRequests(method.kind) ? deadline + 2 : deadline, Date.now() + longestMs);
}
