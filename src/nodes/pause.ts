import type { NodeContext } from './node-context.ts';
import { Ended, orRunEnded } from './run-ended.ts';

/**
 * Waits for a time, of at most 24 days. Gives undefined when it has passed, or why it was cut short: the run was cancelled, its time is up, or its process
 * has ended. Nothing is left behind then.
 */
export async function pause(ms: number, context: NodeContext): Promise<Error | undefined> {
  let wake = (): void => {};
  const over = new Promise<void>((resolve) => {
    wake = resolve;
  });
  const timer = setTimeout(wake, ms);
  try {
    const ended = await orRunEnded(context, over);
    return ended instanceof Ended ? ended.reason : undefined;
  } finally {
    clearTimeout(timer);
    // Whoever listens for it is told to go.
    wake();
  }
}
