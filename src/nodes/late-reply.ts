import type { CallNode } from '../core/call.ts';
import { type LateAnswer, outlive } from '../core/late-answer.ts';
import { Metadata } from '../core/metadata.ts';
import { orCancelled } from './or-cancelled.ts';
import type { Process } from './process.ts';
import type { Reply } from './reply.ts';

/** What becomes of a reply after the call was cancelled: it is nobody's; what the call settles with; or waited for. */
export type LateReply = 'dropped' | 'told' | 'awaited';

/** The promise, or the reason once the call is cancelled, which then settles with what the reply is after all. */
export function orOutlived(call: CallNode, reply: Promise<Reply>, process?: Process): Promise<Reply> {
  return orCancelled(call, reply, () => outlive(call.exchange, lateAnswer(reply, process)));
}

/** The reply that comes after its process was ended with `failure`: the failure, where exit hooks may have undone what it stands for. */
export async function lateReply(reply: Promise<Reply>, failure: Reply, process: Process): Promise<Reply> {
  const late = await reply;
  return process.failed ? failure : late;
}

async function lateAnswer(reply: Promise<Reply>, process: Process | undefined): Promise<LateAnswer | undefined> {
  try {
    const message = await reply;
    if (message instanceof Error || process?.failed) return undefined;
    return { header: new Metadata(), message, trailer: new Metadata() };
  } catch {
    return undefined;
  }
}
