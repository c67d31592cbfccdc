/** Severities, least first. */
export const levels = ['debug', 'info', 'warn', 'error'] as const;
export type Level = (typeof levels)[number];

/** Where log lines go. Fields are plain data; a logger must not throw. pino and console fit with a one-line adapter. */
export interface Logger {
  debug(message: string, fields?: object): void;
  info(message: string, fields?: object): void;
  warn(message: string, fields?: object): void;
  error(message: string, fields?: object): void;
}

export interface JsonLoggerOptions {
  /** Lines below it are dropped. */
  level?: Level;
  write?(line: string): void;
}

/** One JSON object a line, to stderr unless told otherwise. Errors among the fields keep name, message and stack. */
export function jsonLogger({ level = 'info', write = writeStderr }: JsonLoggerOptions = {}): Logger {
  const least = levels.indexOf(level);
  const log = (name: Level) => {
    if (levels.indexOf(name) < least) return () => {};
    return (message: string, fields: object = {}) => {
      write(`${JSON.stringify({ time: new Date().toISOString(), level: name, message, ...fields }, printable)}\n`);
    };
  };
  return { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') };
}

/** Drops everything. */
export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };

function printable(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Error)
    return { name: value.name, message: value.message, stack: value.stack, cause: value.cause };
  return value;
}

function writeStderr(line: string): void {
  process.stderr.write(line);
}
