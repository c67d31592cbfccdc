import type { CancelReason } from '../core/cancel-reason.ts';
import { Code } from '../core/code.ts';
import { StatusError } from '../core/status-error.ts';
import { errorInfo } from '../wire/error-details.ts';
import type { Activation } from './activation.ts';
import { errorDomain, type Reply } from './reply.ts';
import type { Unanswered } from './unanswered.ts';

/** The promise, or why nobody waits for it any more: its call was cancelled, or its process has ended. */
export function orEnded({ call, owner }: Activation, reply: Promise<Reply>, sender: Unanswered): Promise<Reply> {
  return new Promise((resolve, reject) => {
    sender.resolve = resolve;
    owner.waits.add(sender);
    // An edge has given it a call of its own.
    const own = call === owner.call ? undefined : call.cancellation;
    const onCancel = (reason: CancelReason): void => resolve(reason);
    own?.on(onCancel);
    reply.then(
      (value) => {
        owner.waits.delete(sender);
        own?.off(onCancel);
        resolve(value);
      },
      (thrown) => {
        owner.waits.delete(sender);
        own?.off(onCancel);
        reject(thrown);
      },
    );
  });
}

/** What is said of a packet whose process has ended. */
export function dropped(): StatusError {
  return new StatusError(Code.CANCELLED, 'Dropped: the process ended before the reply came', {
    details: [errorInfo({ reason: 'DROPPED', domain: errorDomain, metadata: {} })],
  });
}
