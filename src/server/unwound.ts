import type { CallNode } from '../core/call.ts';
import type { CancelReason } from '../core/cancellation.ts';
import { type Status, statusOf } from '../core/status.ts';
import type { Logger } from '../observability/logger.ts';

/** How long interceptors may take to pass on that their call was cancelled, before the caller is told without them. */
export const unwindMs = 100;

/** The chain's status; after a cancellation the caller does not wait longer than a moment for it. */
export function unwound(call: CallNode, outcome: Promise<Status>, logger: Logger): Promise<Status> {
  return new Promise((resolve) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let late = false;
    const onCancel = (reason: CancelReason): void => {
      timer = setTimeout(() => {
        late = true;
        resolve(statusOf(reason));
      }, unwindMs);
    };
    outcome.then((status) => {
      call.cancellation.off(onCancel);
      clearTimeout(timer);
      resolve(status);
      if (late)
        logger.debug('interceptors settled after their call had ended', {
          method: call.method.path,
          code: status.code,
        });
    });
    call.cancellation.on(onCancel);
  });
}
