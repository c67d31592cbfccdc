import { isPromise } from '../core/requests.ts';
import type { NodeContext } from './node-context.ts';
import { sendError } from './outlet.ts';
import type { Reply } from './reply.ts';

/** Goes on with what a function makes of a payload, at once when it needs no time. What it throws goes to `error`. */
export function whenKnown<P, T>(
  fn: (payload: P, context: NodeContext) => T | Promise<T>,
  payload: P,
  context: NodeContext,
  goOn: (known: T, context: NodeContext, payload: P) => Reply | Promise<Reply>,
): Reply | Promise<Reply> {
  try {
    const known = fn(payload, context);
    if (!isPromise(known)) return goOn(known, context, payload);
    return Promise.resolve(known as Promise<T>).then(
      (settled) => goOn(settled, context, payload),
      (thrown: unknown) => sendError(context, thrown),
    );
  } catch (thrown) {
    return sendError(context, thrown);
  }
}
