import { SingleResponse } from '../client/unary-call.ts';
import { type CallInit, type CallNode, createCall, nodeOf } from '../core/call.ts';
import { Code } from '../core/code.ts';
import type { Call, Interceptor, Invoke } from '../core/context.ts';
import { current, runIn } from '../core/current.ts';
import { fold } from '../core/interceptor.ts';
import { key } from '../core/key.ts';
import { answerKey } from '../core/late-answer.ts';
import type { Method } from '../core/method.ts';
import { outcomeOf } from '../core/outcome.ts';
import { isPromise } from '../core/requests.ts';
import { checkSingleResponse } from '../core/response-count.ts';
import { ok, type Status, statusFrom } from '../core/status.ts';
import { StatusError, statusOf } from '../core/status-error.ts';
import { type ProcessIdentity, processKey } from './process-id.ts';
import type { Reply } from './reply.ts';

/** What a node does for a call, once the interceptors around it let it. Runs in the context of the call, and ends when that is cancelled. */
export type NodeWork = (call: CallNode, payload: unknown) => Reply | Promise<Reply>;

const workKey = key<NodeWork>('node work');

/** The interceptors of a graph's nodes around one in-port, for calls that no server brings. */
export class NodeChain {
  readonly #method: Method;
  readonly #invoke: Invoke;

  constructor(method: Method, interceptors: readonly Interceptor[]) {
    this.#method = method;
    this.#invoke = fold(interceptors, method, work);
  }

  /** Carries a call of its own to its end. `process` is the one it belongs to; left out: it begins one. Never rejects. */
  async run(
    init: Omit<CallInit, 'method' | 'side' | 'sink'>,
    work: NodeWork,
    process?: ProcessIdentity,
  ): Promise<{ status: Status; value: unknown }> {
    const response = new SingleResponse();
    const root = createCall({ ...init, method: this.#method, side: 'server', sink: response });
    const call = (process === undefined ? root : root.with(processKey, process)).with(workKey, work);
    const status = checkSingleResponse(root, await runIn(call, () => this.#invoke(call)));
    root.end(status);
    return { status, value: response.value };
  }
}

/** What comes back as it would from a node that nothing surrounds: the error of a status, or the value. */
export function replyOf({ status, value }: { status: Status; value: unknown }): Reply {
  return status.code === Code.OK ? value : StatusError.of(status);
}

async function work(call: Call): Promise<Status> {
  const node = nodeOf(call);
  const { reason } = node.cancellation;
  if (reason !== undefined) return statusOf(reason);
  const first = node.source.first();
  const payload = isPromise(first) ? await first : first;
  const given = call.get(answerKey);
  const start = (): Reply | Promise<Reply> => call.get(workKey)!(node, payload);
  const pending = given !== undefined ? given().message : current() === node ? start() : runIn(node, start);
  const reply = isPromise(pending) ? await pending : pending;
  if (reply instanceof Error) return failed(node, reply);
  await call.respond(reply);
  return ok();
}

/** Asked like any handler what its errors mean. */
function failed(node: CallNode, reply: Error): Status {
  const { code, message, details, cause } = outcomeOf(node, reply);
  return statusFrom(code, message, { details, origin: reply instanceof StatusError ? reply.origin : 'peer', cause });
}
