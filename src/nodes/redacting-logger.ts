import type { Level, Logger } from '../observability/logger.ts';
import type { Secrets } from './secrets.ts';

/** A logger that takes secrets out of messages and fields. `secrets` is asked for each line, so that they may change. */
export function redactingLogger(logger: Logger, secrets: () => Secrets | undefined): Logger {
  const log = (level: Level) => (message: string, fields?: object) => {
    const known = secrets();
    if (known === undefined) return logger[level](message, fields);
    if (logger.enabled?.(level) === false) return;
    logger[level](known.redact(message), fields && (known.redactValue(fields) as object));
  };
  return {
    debug: log('debug'),
    info: log('info'),
    warn: log('warn'),
    error: log('error'),
    ...(logger.enabled !== undefined && { enabled: (level) => logger.enabled!(level) }),
  };
}
