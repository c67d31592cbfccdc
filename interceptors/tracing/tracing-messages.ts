import type { Span } from '@opentelemetry/api';
import type { Call, Method } from 'flowrpc';

/** Events of the span for each message, as gRFC A72 names them. */
export function messagesOn(span: Span, call: Call): Call {
  const { method, side } = call;
  const requests = side === 'client' ? 'Outbound message' : 'Inbound message';
  const responses = side === 'client' ? 'Inbound message' : 'Outbound message';
  return call
    .mapRequests(eventFor(span, requests, method.request))
    .mapResponses(eventFor(span, responses, method.response));
}

function eventFor(span: Span, name: string, codec: Method['request']): (message: unknown) => unknown {
  let number = 0;
  return (message) => {
    span.addEvent(name, { 'sequence-number': number++, 'message-size': sizeOf(codec, message) });
    return message;
  };
}

/** Undefined for a message that cannot be sent: whoever sends it will say so. */
function sizeOf(codec: Method['request'], message: unknown): number | undefined {
  try {
    return codec.encode(message).byteLength;
  } catch {
    return undefined;
  }
}
