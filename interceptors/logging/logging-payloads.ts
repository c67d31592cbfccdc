import type { Call, Codec, Interceptor, Logger } from 'flowrpc';
import { atOnce, settled } from '../calls/harmless.ts';
import { dialects, type LogDialect } from './logging-fields.ts';
import { payloadText } from './payload-text.ts';

/** What of a message may be shown; `undefined` drops its line. */
export type RedactPayload = (message: unknown, call: Call) => unknown;

export interface PayloadLoggingOptions {
  readonly logger: Logger;
  readonly dialect: LogDialect;
  readonly maxLength: number;
  readonly redact: RedactPayload | undefined;
}

/** One debug line for each message that passes, as text of bounded length, without what must not be shown. */
export function payloadLogging({ logger, dialect, maxLength, redact }: PayloadLoggingOptions): Interceptor {
  const { messageFields } = dialects[dialect];
  return async function payloadLogging(call, next) {
    if (logger.enabled?.('debug') === false) return next(call);
    const { request, response } = call.method;
    return next(call.mapRequests(teller(call, 'request', request)).mapResponses(teller(call, 'response', response)));
  };

  function teller(call: Call, what: 'request' | 'response', codec: Codec<unknown>): (message: unknown) => unknown {
    const sent = (call.side === 'client') === (what === 'request');
    const text = `${call.side} ${what} ${sent ? 'sent' : 'received'}`;
    let number = 0;
    return (message) => {
      number += 1;
      try {
        const shown = shownOf(message, call, codec, redact);
        if (shown === undefined) return message;
        const fields = messageFields({ call, what, number, payload: payloadText(shown, maxLength) });
        settled('The logger of logging()', logger.debug(text, fields));
      } catch {
        // A message that cannot be told must still arrive.
      }
      return message;
    };
  }
}

function shownOf(message: unknown, call: Call, codec: Codec<unknown>, redact: RedactPayload | undefined): unknown {
  const own = codec.redact === undefined ? message : codec.redact(message);
  if (redact !== undefined) return atOnce('redactPayload of logging()', redact(own, call));
  return codec.redact !== undefined || message instanceof Uint8Array ? own : hidden;
}

/** Of a message without descriptors nobody can tell which fields are secrets. */
const hidden = '<hidden: no descriptors to redact by>';
