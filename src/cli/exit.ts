/** What the process tells its caller: done, failed (reported on stderr), or a command line that cannot be understood. */
export const ExitCode = { ok: 0, failed: 1, usage: 2 } as const;

/** The command line cannot be understood. Reported with the usage line, exit code 2; thrown before anything is opened. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError';
}

/** Runs what checks a command line's values: the TypeError or RangeError of a wrong one becomes a UsageError. */
export function asUsage<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError)
      throw new UsageError(error.message, { cause: error });
    throw error;
  }
}
