import type { WebSocket, WebSocketServer } from 'ws';
import { Code } from '../../core/code.ts';
import { StatusError } from '../../core/status-error.ts';
import { headerValue } from '../http/header.ts';
import { isHttpPayload, statusPayload } from '../http/http-payload.ts';
import { type UpgradeRequest, upgradeKey } from '../http/upgrade-request.ts';
import type { NodeContext } from '../node-context.ts';
import { sendOr } from '../outlet.ts';
import type { Reply } from '../reply.ts';
import { type ConnectionOptions, WebsocketConnection } from './connection.ts';

export interface ReceptionOptions {
  maxMessageBytes: number;
  /** Those that are spoken, the best one first. */
  subprotocols: readonly string[] | undefined;
  /** Whose pages may connect, `*` for all; undefined: those of the same host. */
  origins: readonly string[] | undefined;
  connection: ConnectionOptions;
}

/** Makes connections of requests. */
export class Reception {
  readonly #server: WebSocketServer;
  readonly #options: ReceptionOptions;

  constructor(Server: typeof WebSocketServer, options: ReceptionOptions) {
    const { maxMessageBytes, subprotocols } = options;
    this.#options = options;
    this.#server = new Server({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: maxMessageBytes,
      handleProtocols: (asked) => subprotocols?.find((one) => asked.has(one)) ?? false,
    });
  }

  /** Whether a payload is a request for a websocket. */
  static isAsked(payload: unknown): boolean {
    return isHttpPayload(payload) && /^websocket$/i.test(headerValue(payload.header, 'Upgrade') ?? '');
  }

  /** Answers what is none. */
  static refuse(context: NodeContext): Reply | Promise<Reply> {
    const answer = statusPayload(426, { Upgrade: ['websocket'] });
    return sendOr(context, 'error', answer, answer);
  }

  /**
   * Takes over the connection that the process of a request came by. FAILED_PRECONDITION where there is none, PERMISSION_DENIED for pages of
   * another host, INVALID_ARGUMENT for a malformed request, whose answer is written then.
   */
  async accept(context: NodeContext): Promise<WebsocketConnection> {
    const upgrade = context.process.get(upgradeKey);
    if (upgrade === undefined || upgrade.taken)
      throw new StatusError(
        Code.FAILED_PRECONDITION,
        `Node "${context.node.service}" cannot upgrade: ${upgrade === undefined ? 'the request must come from a listener, by edges within its runtime' : 'the connection of the request was taken already'}`,
      );
    this.#checkOrigin(upgrade);
    upgrade.taken = true;
    upgrade.onTaken?.();
    const socket = this.#shakeHands(upgrade);
    return new WebsocketConnection(socket, this.#options.connection);
  }

  #shakeHands({ request, socket, head }: UpgradeRequest): WebSocket {
    let connection: WebSocket | undefined;
    let fault = 'the client is gone';
    const malformed = (error: Error): void => {
      fault = error.message;
      socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    };
    this.#server.once('wsClientError', malformed);
    // All of it happens at once.
    this.#server.handleUpgrade(request, socket, head, (upgraded) => {
      connection = upgraded;
    });
    this.#server.off('wsClientError', malformed);
    if (connection === undefined) throw new StatusError(Code.INVALID_ARGUMENT, `Cannot upgrade: ${fault}`);
    return connection;
  }

  /** Browsers let any page connect anywhere, credentials of the user included. */
  #checkOrigin({ request }: UpgradeRequest): void {
    const { origin, host } = request.headers;
    const { origins } = this.#options;
    if (origin === undefined || origins?.includes('*') || origins?.includes(origin)) return;
    if (origins === undefined && URL.canParse(origin) && new URL(origin).host === host?.toLowerCase()) return;
    throw new StatusError(
      Code.PERMISSION_DENIED,
      `Cannot upgrade: pages of ${JSON.stringify(origin.slice(0, 200))} may not connect, see origins`,
    );
  }
}
