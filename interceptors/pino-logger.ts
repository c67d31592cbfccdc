import type { Level, Logger } from 'flowrpc';

/** What is needed of a pino logger, or of one made like it: fields first, then the message. */
export interface PinoLike {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(bindings: Record<string, unknown>): PinoLike;
  isLevelEnabled?(level: string): boolean;
}

/**
 * A pino logger as a `Logger`; `bindings` stand on each of its lines, as those of `pino.child()` do. Its level, destination and
 * `redact` paths hold. An Error in the field `error` goes to `err`, which pino prints with type, message and stack.
 */
export function pinoLogger(pino: PinoLike, bindings?: Readonly<Record<string, unknown>>): Logger {
  if (typeof pino?.info !== 'function' || typeof pino.child !== 'function')
    throw new TypeError(`Cannot log to ${pino === null ? 'null' : typeof pino}: wanted a pino logger`);
  const target = bindings === undefined ? pino : pino.child({ ...bindings });
  const log =
    (level: Level) =>
    (message: string, fields: object = {}): void =>
      target[level](withErr(fields), message);
  return {
    debug: log('debug'),
    info: log('info'),
    warn: log('warn'),
    error: log('error'),
    // Asked each time, since a pino logger's level may be changed while it runs.
    enabled: (level) => target.isLevelEnabled?.(level) ?? true,
  };
}

function withErr(fields: object): object {
  const { error, ...others } = fields as { error?: unknown };
  return error instanceof Error ? { ...others, err: error } : fields;
}
