import type { StatusError } from '../core/status-error.ts';
import type { NodeContext } from './node-context.ts';
import { Ended, orRunEnded } from './run-ended.ts';

/**
 * Waits until `begin` calls back. Gives undefined then, or why nobody waits any more: the run was cancelled, its time is up, or its process has ended. What `begin`
 * gives is called either way, so that nothing is left behind.
 */
export async function calledBack(
  context: NodeContext,
  begin: (back: () => void) => () => void,
): Promise<StatusError | undefined> {
  let wake = (): void => {};
  const called = new Promise<void>((resolve) => {
    wake = resolve;
  });
  const end = begin(wake);
  try {
    const ended = await orRunEnded(context, called);
    return ended instanceof Ended ? ended.reason : undefined;
  } finally {
    end();
    // Whoever listens for it is told to go.
    wake();
  }
}
