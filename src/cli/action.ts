/** Loads a command's module when it is run, and calls it with arguments and options; without a number it has succeeded. */
export type Action = (
  load: () => Promise<(...args: never[]) => Promise<number | void>>,
) => (...args: unknown[]) => Promise<void>;
