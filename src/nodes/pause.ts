import { calledBack } from './called-back.ts';
import type { NodeContext } from './node-context.ts';

/**
 * Waits for a time, of at most 24 days. Gives undefined when it has passed, or why it was cut short: the run was cancelled, its time is up, or its process
 * has ended. Nothing is left behind then.
 */
export function pause(ms: number, context: NodeContext): Promise<Error | undefined> {
  return calledBack(context, (back) => {
    const timer = setTimeout(back, ms);
    return () => clearTimeout(timer);
  });
}
