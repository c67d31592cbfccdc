import type { ClientOptions, WebSocket } from 'ws';
import { Code } from '../../core/code.ts';
import { StatusError } from '../../core/status-error.ts';
import { duration, positiveDuration } from '../duration-field.ts';
import { wholeNumber } from '../field-checks.ts';
import { clientTls } from '../http/client-tls.ts';
import { textsByName, urlField } from '../http/url-field.ts';
import { defineKind } from '../kind.ts';
import type { NodeContext } from '../node-context.ts';
import { onCancel } from '../on-cancel.ts';
import { fieldsOf, optional } from '../schema.ts';
import { WebsocketConnection } from '../websocket/connection.ts';
import { loadWs } from '../websocket/load-ws.ts';
import { socketNode } from '../websocket/socket-node.ts';
import { subprotocols } from '../websocket/subprotocols.ts';

/**
 * A websocket client: a packet at `io` connects, and is answered then; one at `in` is sent; what comes leaves at `out` as `{ type, data }`,
 * each message in a process of its own. The connection is that of the process that came to `io` and of all that come from it.
 */
export const websocketKind = defineKind({
  kind: 'websocket',
  spec: fieldsOf({
    url: urlField('ws', 'wss'),
    timeout: optional(positiveDuration),
    subprotocols: optional(subprotocols),
    header: optional(textsByName),
    tls: optional(clientTls),
    heartbeat: optional(duration),
    messageTimeout: optional(positiveDuration),
    maxMessageBytes: optional(wholeNumber(1, 1024 ** 3)),
    maxBufferedBytes: optional(wholeNumber(1, 1024 ** 3)),
  }),
  fields: [
    'url',
    'timeout',
    'subprotocols',
    'header',
    'tls',
    'heartbeat',
    'messageTimeout',
    'maxMessageBytes',
    'maxBufferedBytes',
  ],
  inputs: ['io', 'in'],
  perProcess: true,
  async setup(fields, { outbound }) {
    const {
      url,
      timeout = 30_000,
      heartbeat = 30_000,
      messageTimeout = 30_000,
      maxMessageBytes = 1024 * 1024,
    } = fields;
    const { maxBufferedBytes = 1024 * 1024, subprotocols = [], header = {}, tls } = fields;
    outbound.trust(url);
    const { WebSocket } = await loadWs('websocket');
    const options = {
      ...tls,
      headers: header as Record<string, string>,
      handshakeTimeout: timeout,
      maxPayload: maxMessageBytes,
      perMessageDeflate: false,
      // The types leave out what goes on to `net.connect`.
      lookup: outbound.lookup,
    } as ClientOptions;
    return socketNode({
      messageTimeoutMs: messageTimeout,
      holds: false,
      async open(context) {
        const socket = new WebSocket(url, [...subprotocols], options);
        const connection = new WebsocketConnection(socket, { heartbeatMs: heartbeat, maxBufferedBytes });
        await opened(socket, context, url);
        return connection;
      },
    });
  },
});

function opened(socket: WebSocket, context: NodeContext, url: URL): Promise<void> {
  return new Promise((resolve, reject) => {
    const off = onCancel(context, (reason) => {
      reject(reason);
      socket.terminate();
    });
    socket.once('open', () => {
      off();
      resolve();
    });
    socket.once('error', (cause: Error) => {
      off();
      if (cause instanceof StatusError) return reject(cause);
      const late = /timed out/.test(cause.message);
      reject(
        new StatusError(
          late ? Code.DEADLINE_EXCEEDED : Code.UNAVAILABLE,
          `Cannot connect to ${url.origin}: ${(cause as NodeJS.ErrnoException).code ?? cause.message}`,
          { cause },
        ),
      );
    });
  });
}
