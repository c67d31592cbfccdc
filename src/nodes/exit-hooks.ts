import { Code } from '../core/code.ts';
import { isPromise } from '../core/requests.ts';
import { StatusError } from '../core/status-error.ts';
import { asError } from './reply.ts';
import { within } from './within.ts';

/** Runs when a process ends, before its caller is told; gets the error when it ended badly. */
export type ExitHook = (error?: Error) => void | Promise<void>;

/** Runs hooks, the last one first. Gives the error of the first that failed; those after it are told of it. Never rejects. */
export async function runExitHooks(
  hooks: readonly ExitHook[],
  error: Error | undefined,
  exitMs: number,
): Promise<Error | undefined> {
  let failure: Error | undefined;
  for (const hook of hooks.toReversed()) {
    try {
      await runExitHook(hook, error ?? failure, exitMs);
    } catch (thrown) {
      failure ??= asError(thrown);
    }
  }
  return failure;
}

/** Runs one hook, for so long. */
export async function runExitHook(hook: ExitHook, error: Error | undefined, exitMs: number): Promise<void> {
  const running = hook(error);
  if (isPromise(running)) await within(exitMs, running, () => tooLong(exitMs));
}

function tooLong(exitMs: number): StatusError {
  return new StatusError(Code.DEADLINE_EXCEEDED, `An exit hook did not settle within ${exitMs} ms`);
}
