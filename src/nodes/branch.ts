import { CallNode } from '../core/call.ts';
import { CancelReason } from '../core/cancel-reason.ts';
import { Cancellation } from '../core/cancellation.ts';
import { runIn } from '../core/current.ts';
import { isPromise } from '../core/requests.ts';
import { StatusError } from '../core/status-error.ts';
import { Activation } from './activation.ts';
import type { NodeContext } from './node-context.ts';
import { orCancelled } from './or-cancelled.ts';
import { sendOr } from './outlet.ts';
import type { Reply } from './reply.ts';

export interface BranchOptions {
  /** Epoch milliseconds; that of the run when it is earlier. */
  readonly deadline?: number;
  readonly signal?: AbortSignal;
}

/**
 * A part of the work on a packet with an end of its own: what it sends, and whatever that causes, is cancelled with it while the rest goes on. Remote
 * calls among that end with CANCELLED; packets on the stream that a process keeps to a node with state of its own are only not waited for. Close it once it
 * is answered. In a context that somebody wrapped it can not be cancelled.
 */
export class Branch {
  readonly #context: NodeContext;
  readonly #cancellation: Cancellation | undefined;

  constructor(context: NodeContext, { deadline, signal }: BranchOptions = {}) {
    if (!(context instanceof Activation)) {
      this.#context = context;
      return;
    }
    const { call: outer, owner } = context;
    const options = { ...(deadline !== undefined && { deadline }), ...(signal !== undefined && { signal }) };
    this.#cancellation = new Cancellation({ ...options, parent: outer.cancellation });
    this.#context = context.within(owner, new CallNode(outer.exchange, outer, { cancellation: this.#cancellation }));
    // Its first packet lets those behind this one start, as any packet does.
    context.release();
  }

  get cancelled(): boolean {
    return this.#cancellation?.reason !== undefined;
  }

  /** Sends to a port; where that has no edge, `otherwise` is the reply. Settles at once when the branch is cancelled. Errors are replies. */
  send(port: string, payload: unknown, otherwise: Reply): Reply | Promise<Reply> {
    const context = this.#context;
    if (!(context instanceof Activation)) return sendOr(context, port, payload, otherwise);
    const reply = runIn(context.call, () => sendOr(context, port, payload, otherwise));
    return isPromise(reply) ? orCancelled(context.call, reply).then(answered) : answered(reply);
  }

  cancel(message?: string): void {
    this.#cancellation?.cancel(new CancelReason('cancelled', message));
  }

  close(): void {
    this.#cancellation?.close();
  }
}

/** The end of a branch is a reply to the rest of the run. */
function answered(reply: Reply): Reply {
  if (!(reply instanceof CancelReason)) return reply;
  const { code, statusMessage, details } = reply;
  return new StatusError(code, statusMessage, { details });
}
