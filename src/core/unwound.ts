import type { CallNode } from './call.ts';
import type { CancelReason } from './cancel-reason.ts';
import type { Status } from './status.ts';
import { statusOf } from './status-error.ts';

/** How long interceptors may take to pass on that their call was cancelled, before it ends without them. */
export const unwindMs = 100;

/**
 * The chain's status; after a cancellation nobody waits longer than a moment for it. What the chain still says then is
 * told to `late` alone.
 */
export function unwound(
  call: CallNode,
  outcome: Promise<Status>,
  late: (status: Status) => void = () => {},
): Promise<Status> {
  return new Promise((resolve) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let over = false;
    const onCancel = (reason: CancelReason): void => {
      timer = setTimeout(() => {
        over = true;
        resolve(statusOf(reason));
      }, unwindMs);
    };
    outcome.then((status) => {
      call.cancellation.off(onCancel);
      clearTimeout(timer);
      if (over) late(status);
      else resolve(status);
    });
    call.cancellation.on(onCancel);
  });
}
