import { CancelReason } from '../../core/cancel-reason.ts';
import { Code } from '../../core/code.ts';
import { StatusError } from '../../core/status-error.ts';
import type { NodeContext, NodeInstance, SourceContext } from '../node-context.ts';
import { onCancel } from '../on-cancel.ts';
import { sendError, sendOut } from '../outlet.ts';
import { asError, none, type Reply } from '../reply.ts';
import { Ended, orRunEnded } from '../run-ended.ts';
import type { WebsocketConnection } from './connection.ts';
import { Connections } from './connections.ts';
import { outgoingMessage, type WebsocketMessage } from './message.ts';

export interface SocketNodeOptions {
  /** Longest that the process of a message may take. */
  messageTimeoutMs: number;
  /** Makes the connection that a packet at `io` asks for. */
  open(context: NodeContext): Promise<WebsocketConnection>;
  /** Whether the process that opened it lives as long as it does, or what comes by it is of a process of its own. */
  holds: boolean;
}

const goingAway = 1001;
const tryAgainLater = 1013;

/** A node with connections: `io` opens one, `in` sends by it, what comes by it leaves at `out`, each message in a process of its own. */
export function socketNode({ messageTimeoutMs, open, holds }: SocketNodeOptions): NodeInstance {
  const connections = new Connections();

  const receive = async (connection: WebsocketConnection, context: NodeContext): Promise<Reply> => {
    const off = onCancel(context, () => connection.close(goingAway));
    let refused: Error | undefined;
    connection.listen((message) => {
      try {
        return context.process.fork((child) => handle(message, child), { timeoutMs: messageTimeoutMs, ownLimits: true })
          .done;
      } catch (thrown) {
        refused = asError(thrown);
        connection.close(tryAgainLater);
        return Promise.resolve();
      }
    });
    const lost = await connection.closed;
    await connection.drained();
    off();
    const failure = refused ?? lost;
    if (failure === undefined) return none;
    context.log.info('connection was lost', { error: failure });
    return await sendError(context, failure);
  };

  const connect = async (context: NodeContext): Promise<Reply> => {
    const opening = open(context);
    // Whoever waits for it at `in` is told as well.
    opening.catch(() => {});
    connections.keep(context.process.id, opening);
    const connection = await opening;
    if (holds) return await receive(connection, context);
    context.process.fork((child) => receive(connection, child), { beyond: true });
    return none;
  };

  const send = async (payload: unknown, context: NodeContext): Promise<Reply> => {
    const opening = connections.find(context);
    if (opening === undefined) throw notConnected(context);
    const outgoing = outgoingMessage(payload);
    const sent = await orRunEnded(
      context,
      opening.then((connection) => connection.send(outgoing)),
    );
    return sent instanceof Ended ? sent.reason : none;
  };

  return {
    async process({ payload }, context) {
      try {
        return await (context.port === 'io' ? connect(context) : send(payload, context));
      } catch (thrown) {
        return await sendError(context, thrown);
      }
    },
    async start({ signal }: SourceContext) {
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        else signal.addEventListener('abort', () => resolve(), { once: true });
      });
      await connections.close(goingAway);
    },
    close: () => connections.close(goingAway),
  };
}

async function handle(message: WebsocketMessage, child: NodeContext): Promise<Reply> {
  const reply = await sendOut(child, message);
  // What is said to a message goes nowhere: an answer is sent to `in`.
  return reply instanceof Error && !(reply instanceof CancelReason) ? await sendError(child, reply) : none;
}

function notConnected({ node }: NodeContext): StatusError {
  return new StatusError(
    Code.FAILED_PRECONDITION,
    `Node "${node.service}" has no connection in this process, nor in those that it was forked from: "io" opens one`,
  );
}
