import type { CallNode } from '../core/call.ts';
import type { CancelReason } from '../core/cancel-reason.ts';
import type { Reply } from './reply.ts';

/** The promise, or the reason once the call is cancelled; `cut` is called before that. */
export function orCancelled(
  { cancellation }: Pick<CallNode, 'cancellation'>,
  reply: Promise<Reply>,
  cut?: () => void,
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const onCancel = (reason: CancelReason): void => {
      cut?.();
      resolve(reason);
    };
    cancellation.on(onCancel);
    reply.then(
      (value) => {
        cancellation.off(onCancel);
        resolve(value);
      },
      (thrown) => {
        cancellation.off(onCancel);
        reject(thrown);
      },
    );
  });
}
