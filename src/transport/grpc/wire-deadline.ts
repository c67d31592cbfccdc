import type { CallNode } from '../../core/call.ts';
import { earliest } from '../../core/deadline.ts';

/** The longest deadline sent, 24.8 days: grpc-js servers take longer ones for the past, and its clients die of some. */
const longestMs = 2_147_483_000;

/** The deadline for grpc-js, and so for the server. */
export function wireDeadline({ deadline }: CallNode): number {
  return deadline === Number.POSITIVE_INFINITY ? deadline : earliest(deadline, Date.now() + longestMs);
}
