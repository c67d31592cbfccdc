import { duration, positiveDuration } from '../duration-field.ts';
import { oneOf, wholeNumber } from '../field-checks.ts';
import { defineKind } from '../kind.ts';
import { checked, fieldsOf, optional } from '../schema.ts';
import { loadWs } from '../websocket/load-ws.ts';
import { Reception } from '../websocket/reception.ts';
import { socketNode } from '../websocket/socket-node.ts';
import { subprotocols } from '../websocket/subprotocols.ts';

const origins = checked('a list such as ["https://example.com"] or ["*"]', (value) =>
  Array.isArray(value) && value.every((one) => typeof one === 'string') ? (value as string[]) : undefined,
);

/**
 * A websocket server behind a `listener`: a request at `io` becomes a connection, and its process lives as long as that; a packet at `in` is
 * sent; what comes leaves at `out` as `{ type, data }`, each message in a process forked from that of the request.
 */
export const upgraderKind = defineKind({
  kind: 'upgrader',
  spec: fieldsOf({
    protocol: optional(oneOf(['websocket'])),
    // Of uniflow's files: there is nothing to wait for, and sizes of buffers are not ours to choose.
    timeout: optional(positiveDuration),
    buffer: optional(wholeNumber(0, 1024 ** 3)),
    maxBufferedBytes: optional(wholeNumber(1, 1024 ** 3)),
    subprotocols: optional(subprotocols),
    origins: optional(origins),
    heartbeat: optional(duration),
    messageTimeout: optional(positiveDuration),
    maxMessageBytes: optional(wholeNumber(1, 1024 ** 3)),
  }),
  fields: [
    'protocol',
    'timeout',
    'buffer',
    'maxBufferedBytes',
    'subprotocols',
    'origins',
    'heartbeat',
    'messageTimeout',
    'maxMessageBytes',
  ],
  inputs: ['io', 'in'],
  perProcess: true,
  async setup(fields) {
    const { maxBufferedBytes = 1024 * 1024, subprotocols, origins } = fields;
    const { heartbeat = 30_000, messageTimeout = 30_000, maxMessageBytes = 1024 * 1024 } = fields;
    const { WebSocketServer } = await loadWs('upgrader');
    const reception = new Reception(WebSocketServer, {
      maxMessageBytes,
      subprotocols,
      origins,
      connection: { heartbeatMs: heartbeat, maxBufferedBytes },
    });
    const node = socketNode({
      messageTimeoutMs: messageTimeout,
      holds: true,
      open: (context) => reception.accept(context),
    });
    return {
      ...node,
      process: (packet, context) =>
        context.port === 'io' && !Reception.isAsked(packet.payload)
          ? Reception.refuse(context)
          : node.process!(packet, context),
    };
  },
});
