import {
  type Call,
  type Context,
  checkOptions,
  compose,
  type Interceptor,
  jsonLogger,
  type Level,
  type Logger,
  type Match,
  ok,
  only,
  remaining,
  type Status,
} from 'flowrpc';
import { atOnce, settled } from './calls/harmless.ts';
import { type CallFacts, dialects, type LogDialect } from './logging/logging-fields.ts';
import { callLevel } from './logging/logging-level.ts';
import { payloadLogging, type RedactPayload } from './logging/logging-payloads.ts';
import { redactMetadata } from './logging/redact-metadata.ts';
import { onAttempt } from './retry/attempts.ts';

export interface LoggingOptions {
  /** Default: one JSON object a line, to stderr; from debug up when `payloads` is set, else from info. */
  logger?: Logger;
  /** How loud a call is by how it ended; `undefined` says nothing. Default: `callLevel`. */
  level?: (status: Status, call: Context) => Level | undefined;
  /** More fields for the line, such as who called. */
  fields?: (call: Context, status: Status) => object;
  /** How fields are named. Default `flowrpc`. */
  dialect?: LogDialect;
  /** Another line at the start of calls that stream, as loud as one that ended with OK. */
  started?: boolean;
  /** Each message at debug: of all methods, or of those that match. Fields marked `debug_redact` are replaced. */
  payloads?: boolean | Match;
  /** The longest text of a message, in characters; the rest is cut. Default 1,024. */
  maxPayloadLength?: number;
  /** What of a message may be shown, after `debug_redact`; messages of codecs without descriptors are hidden without it. */
  redactPayload?: RedactPayload;
  /** What the caller sent beside messages: all of it, or these keys. Values of keys that name a credential, and bytes, are never shown. */
  metadata?: boolean | readonly string[];
  /** More keys whose values are never shown. */
  denyMetadata?: readonly string[];
}

const optionNames = [
  'logger',
  'level',
  'fields',
  'dialect',
  'started',
  'payloads',
  'maxPayloadLength',
  'redactPayload',
  'metadata',
  'denyMetadata',
];

/**
 * Logs one line for each call, at its end: method, kind, side, code, milliseconds, peer, time left at the start, request
 * and trace id, attempts, messages and bytes. For streams that is when the last message was handed over. Messages and
 * metadata only where asked for, without secrets. What goes wrong while a line is made never changes the call.
 */
export function logging({
  payloads = false,
  logger = jsonLogger({ level: payloads === false ? 'info' : 'debug' }),
  level = callLevel,
  fields,
  dialect = 'flowrpc',
  started = false,
  maxPayloadLength = 1_024,
  redactPayload: redact,
  metadata = false,
  denyMetadata = [],
  ...rest
}: LoggingOptions = {}): Interceptor {
  checkOptions('logging', rest, optionNames);
  check(dialect, maxPayloadLength);
  const words = dialects[dialect];
  const keys = typeof metadata === 'boolean' ? undefined : metadata.map((key) => key.toLowerCase());
  const deny = new Set(denyMetadata.map((key) => key.toLowerCase()));

  async function logging(call: Call, next: (call: Call) => Promise<Status>): Promise<Status> {
    const start = performance.now();
    const leftMs = remaining(call.deadline);
    let attempts: number | undefined;
    const watched = onAttempt(call, (event) => {
      if (event.number > Math.max(attempts ?? 0, 1)) attempts = event.number;
    });
    if (started && call.method.kind !== 'unary') tell(words.started(call), { call, leftMs }, ok());
    const status = await next(watched);
    tell(words.ended(call), { call, leftMs, status, attempts, ms: performance.now() - start }, status);
    return status;
  }

  const messages = payloadLogging({ logger, dialect, maxLength: maxPayloadLength, redact });
  if (payloads === false) return logging;
  return compose(logging, payloads === true ? messages : only(payloads, messages));

  function tell(text: string, facts: CallFacts, status: Status): void {
    try {
      const { call } = facts;
      const severity = atOnce('level of logging()', level(status, call));
      if (severity === undefined || logger.enabled?.(severity) === false) return;
      const shown = metadata === false ? undefined : { metadata: redactMetadata(call.metadata, { keys, deny }) };
      const more = atOnce('fields of logging()', fields?.(call, status));
      settled('The logger of logging()', logger[severity](text, { ...words.fields(facts), ...shown, ...more }));
    } catch (error) {
      complain(error);
    }
  }

  /** The last resort is silence: a call ends as it ended. */
  function complain(error: unknown): void {
    try {
      settled('The logger of logging()', logger.error('a line about a call could not be made', { error }));
    } catch {}
  }
}

function check(dialect: LogDialect, maxPayloadLength: number): void {
  if (!Object.hasOwn(dialects, dialect))
    throw new TypeError(
      `Cannot log in dialect ${JSON.stringify(dialect)}: wanted ${Object.keys(dialects)
        .map((name) => `"${name}"`)
        .join(' or ')}`,
    );
  if (!Number.isInteger(maxPayloadLength) || maxPayloadLength < 1)
    throw new RangeError(`Cannot log payloads of ${maxPayloadLength} characters: wanted a whole number above 0`);
}
