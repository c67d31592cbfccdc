/** Severities, least first. */
export const levels = ['debug', 'info', 'warn', 'error'] as const;
export type Level = (typeof levels)[number];

/** Where log lines go. Fields are plain data; a logger must not throw. pino fits with `pinoLogger`, console with a one-line adapter. */
export interface Logger {
  debug(message: string, fields?: object): void;
  info(message: string, fields?: object): void;
  warn(message: string, fields?: object): void;
  error(message: string, fields?: object): void;
  /** False for a level that is dropped, so that nobody makes lines for it. Left out: all are kept. */
  enabled?(level: Level): boolean;
}

export interface JsonLoggerOptions {
  /** Lines below it are dropped. */
  level?: Level;
  write?(line: string): void;
}

/**
 * One JSON object a line, to stderr unless told otherwise. Errors among the fields keep name, message and stack, bigints are
 * decimal strings, bytes are told by their number. A field that cannot be printed, such as one that contains itself, says so. What a
 * terminal would obey is escaped.
 */
export function jsonLogger({ level = 'info', write = writeStderr }: JsonLoggerOptions = {}): Logger {
  const least = levels.indexOf(level);
  if (least < 0)
    throw new TypeError(`Cannot log from level ${JSON.stringify(level)}: wanted one of ${levels.join(', ')}`);
  const enabled = (name: Level): boolean => levels.indexOf(name) >= least;
  const log = (name: Level) => {
    if (!enabled(name)) return () => {};
    return (message: string, fields: object = {}) => {
      write(`${safe(line({ time: new Date().toISOString(), level: name, message }, fields))}\n`);
    };
  };
  return { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error'), enabled };
}

/** Drops everything. Without `enabled`, so that a logger can be made of it: `{ ...silentLogger, warn }`. */
export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };

function line(head: object, fields: object): string {
  try {
    return JSON.stringify({ ...head, ...fields }, printable);
  } catch {
    const each = Object.keys(fields).map((name) => [name, printed(fields, name)] as const);
    return JSON.stringify({ ...head, ...Object.fromEntries(each) });
  }
}

/* What JSON leaves as it is and a terminal obeys: the upper controls, line separators, and what reorders text. Peers choose what some fields say. */
const obeyed = /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

function safe(json: string): string {
  return json.replace(obeyed, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** One field that can be printed whatever it is. */
function printed(fields: object, name: string): unknown {
  try {
    const value = (fields as Readonly<Record<string, unknown>>)[name];
    const text = JSON.stringify(value, printable);
    return text === undefined ? undefined : JSON.parse(text);
  } catch (error) {
    return `<unprintable: ${error instanceof Error ? error.name : typeof error}>`;
  }
}

/** A replacer, which is called with the object that holds the value: a Buffer has turned itself into a list by then. */
function printable(this: object, key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  const held = (this as Readonly<Record<string, unknown>>)[key];
  if (held instanceof Uint8Array) return `<${held.byteLength} bytes>`;
  if (value instanceof Error)
    return { name: value.name, message: value.message, stack: value.stack, cause: value.cause };
  return value;
}

function writeStderr(text: string): void {
  process.stderr.write(text);
}
