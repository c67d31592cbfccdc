import { isPromise } from '../core/requests.ts';
import { mergeReplies } from './merge-replies.ts';
import type { NodeContext, NodeInstance } from './node-context.ts';
import { sendError, sendOr } from './outlet.ts';
import type { Reply } from './reply.ts';
import { unlinked } from './unlinked.ts';

type Outputs = readonly unknown[];

/** A function of a payload: output i goes to `out[i]`, undefined ones are skipped. */
export type OneToMany<I = unknown> = (payload: I, context: NodeContext) => Outputs | Promise<Outputs>;

/**
 * One packet in, up to one out by each `out[i]`; the reply is theirs, merged. When nothing was sent, the payload that came in is the
 * reply. An error goes to `error`; an output for a port that the node does not have is one.
 */
export function oneToMany<I = unknown>(fn: OneToMany<I>): NodeInstance {
  return {
    process({ payload }, context) {
      const failed = (thrown: unknown): Reply | Promise<Reply> => sendError(context, thrown);
      try {
        const outputs: Outputs | Promise<Outputs> = fn(payload as I, context);
        if (!isPromise(outputs)) return spread(outputs as Outputs, payload, context);
        return Promise.resolve(outputs)
          .then((list) => spread(list as Outputs, payload, context))
          .catch(failed);
      } catch (thrown) {
        return failed(thrown);
      }
    },
  };
}

function spread(outputs: Outputs, payload: unknown, context: NodeContext): Reply | Promise<Reply> {
  if (outputs instanceof Error) throw outputs;
  if (!Array.isArray(outputs))
    throw new TypeError(`Node "${context.node.service}" gave ${typeof outputs}: wanted a list of outputs`);
  const replies: (Reply | Promise<Reply>)[] = [];
  outputs.forEach((output: unknown, index) => {
    if (output !== undefined) replies.push(sendOr(context, `out[${index}]`, output, unlinked));
  });
  if (!replies.some(isPromise)) return merge(replies, payload);
  return Promise.all(replies).then((settled) => merge(settled, payload));
}

function merge(replies: readonly Reply[], payload: unknown): Reply {
  const answered = replies.filter((reply) => reply !== unlinked);
  return answered.length === 0 ? payload : mergeReplies(answered);
}
