import { type CallNode, nodeOf } from '../core/call.ts';
import type { CancelReason } from '../core/cancel-reason.ts';
import { Code } from '../core/code.ts';
import type { HandlerContext, Invoke } from '../core/context.ts';
import { current, runIn } from '../core/current.ts';
import { answerKey, type LateAnswer, outlive } from '../core/late-answer.ts';
import { type Method, streamsRequests, streamsResponses } from '../core/method.ts';
import { outcomeOf } from '../core/outcome.ts';
import { isPromise } from '../core/requests.ts';
import { hasTrailer, ok, type Status, withStatus } from '../core/status.ts';
import { statusOf } from '../core/status-error.ts';
import { WrongResponse } from '../core/wrong-response.ts';
import { CallContext } from './handler-context.ts';

export type AnyHandler = (input: unknown, context: HandlerContext) => unknown;

/** Told when a handler starts and when it has really ended, which may be long after its call. */
export interface HandlerEvents {
  started(call: CallNode): void;
  /** `lateMs`: how long after its call. */
  settled(call: CallNode, outcome: { lateMs?: number; thrown?: unknown }): void;
}

/** The innermost invoke of a method: runs its handler, whatever the kind, and gives the status it ended with. */
export function bindHandler(method: Method, handler: AnyHandler, events: HandlerEvents): Invoke {
  const takesStream = streamsRequests(method.kind);
  const givesStream = streamsResponses(method.kind);
  return function handle(call) {
    const node = nodeOf(call);
    const over = node.refusal ?? overBefore(node);
    if (over !== undefined) return Promise.resolve(over);
    const context = new CallContext(node);
    const given = givesStream ? undefined : node.get(answerKey);
    node.beginAttempt();
    events.started(node);
    let work: void | Promise<void>;
    try {
      // An interceptor may have derived the call: nested calls must see what it changed.
      work = current() === node ? start() : runIn(node, start);
    } catch (thrown) {
      events.settled(node, { thrown });
      if (node.cancellation.reason !== undefined && context.answer !== undefined)
        outlive(node.exchange, Promise.resolve(context.lateAnswer));
      return Promise.resolve(conclude(outcomeOf(node, thrown), node, context));
    }
    if (work === undefined) {
      events.settled(node, {});
      return Promise.resolve(conclude(ok(), node, context));
    }
    return race(node, context, work, events);

    function start(): void | Promise<void> {
      if (takesStream) return answer(node.requests);
      // An interceptor may have put an async map or a stream in front of the one request.
      const request = node.source.first();
      return isPromise(request) ? request.then(answer) : answer(request);
    }

    function answer(input: unknown): void | Promise<void> {
      const output = given === undefined ? handler(input, context) : context.repeat(given());
      if (givesStream) return pump(node, context, output);
      if (isPromise(output)) return output.then((message) => give(node, context, message));
      return give(node, context, output);
    }
  };
}

/** The one response. An attempt that was cut may still give its own, which then is nobody's. */
function give(node: CallNode, context: CallContext, message: unknown): void | Promise<void> {
  context.answer = message;
  return respond(node, context, message);
}

/** A call that is over hears no more, whatever its handler still says: another attempt may be under way. */
function respond(node: CallNode, context: CallContext, message: unknown): void | Promise<void> {
  const { reason } = node.cancellation;
  if (reason !== undefined) throw reason;
  context.submitHeader();
  return node.respond(message);
}

async function pump(node: CallNode, context: CallContext, output: unknown): Promise<void> {
  const iterator = iteratorOf(isPromise(output) ? await output : output, node.method);
  for (;;) {
    const { done, value } = await iterator.next();
    if (done) return;
    try {
      const written = respond(node, context, value);
      if (written !== undefined) await written;
      // Looked at again after the wait, so that a generator is not asked for a message nobody gets.
      throwIfCancelled(node);
    } catch (thrown) {
      stop(iterator);
      throw thrown;
    }
  }
}

/** Tells a generator that nobody reads on. Not awaited: it may stay pending behind what the generator waits for. */
function stop(iterator: AsyncIterator<unknown> | Iterator<unknown>): void {
  try {
    Promise.resolve(iterator.return?.()).catch(() => {});
  } catch {
    // What a sync generator throws while it is stopped must not hide why it was.
  }
}

function iteratorOf(output: unknown, method: Method): AsyncIterator<unknown> | Iterator<unknown> {
  const iterable = output as Partial<AsyncIterable<unknown> & Iterable<unknown>> | null | undefined;
  const iterator =
    typeof output === 'object' ? (iterable?.[Symbol.asyncIterator]?.() ?? iterable?.[Symbol.iterator]?.()) : undefined;
  if (iterator === undefined)
    throw new WrongResponse(
      `The handler of ${method.path} gave ${typeof output}: wanted an iterable, such as an async generator makes`,
    );
  return iterator;
}

/** The handler's end or the call's, whichever comes first. */
function race(node: CallNode, context: CallContext, work: Promise<void>, events: HandlerEvents): Promise<Status> {
  return new Promise((resolve) => {
    let endedAt: number | undefined;
    const settled = (thrown?: unknown): void => {
      node.cancellation.off(onCancel);
      events.settled(node, { lateMs: endedAt === undefined ? undefined : Date.now() - endedAt, thrown });
    };
    const onCancel = (reason: CancelReason): void => {
      endedAt = Date.now();
      outlive(node.exchange, lateAnswer(work, context));
      resolve(conclude(statusOf(reason), node, context));
    };
    work.then(
      () => {
        settled();
        if (endedAt === undefined) resolve(conclude(ok(), node, context));
      },
      (thrown) => {
        settled(thrown);
        if (endedAt === undefined) resolve(conclude(outcomeOf(node, thrown), node, context));
      },
    );
    node.cancellation.on(onCancel);
  });
}

/** What a handler gave in the end, of which its call did not hear in time. */
async function lateAnswer(work: Promise<void>, context: CallContext): Promise<LateAnswer | undefined> {
  await work.catch(() => {});
  return context.lateAnswer;
}

function throwIfCancelled({ cancellation }: CallNode): void {
  const { reason } = cancellation;
  if (reason !== undefined) throw reason;
}

function overBefore({ cancellation }: CallNode): Status | undefined {
  const { reason } = cancellation;
  return reason === undefined ? undefined : statusOf(reason);
}

/** Header and trailer belong to the call however it ends. A header that comes too late or is too large fails it. */
function conclude(decided: Status, node: CallNode, context: CallContext): Status {
  let status = decided;
  try {
    context.submitHeader();
  } catch (thrown) {
    if (decided.code === Code.OK) status = outcomeOf(node, thrown);
  }
  const trailer = context.collectedTrailer;
  if (trailer === undefined) return status;
  // A handler that goes on may add to its own.
  const own = status.code === Code.OK ? trailer : trailer.clone();
  return withStatus(status, { trailer: hasTrailer(status) ? own.clone().merge(status.trailer) : own });
}
