import { Code } from '../core/code.ts';
import { StatusError } from '../core/status-error.ts';
import type { NodeContext, NodeInstance } from './node-context.ts';
import { sendError, sendOut } from './outlet.ts';
import type { Reply } from './reply.ts';
import { whenKnown } from './when-known.ts';

/** A function of a payload: returns the output, or throws (or returns) an Error. `none` sends nothing and answers nothing. */
export type OneToOne<I = unknown> = (payload: I, context: NodeContext) => unknown;

/**
 * One packet in, one out: the output goes to `out`, an error to `error`. Without an edge there, output or error is the reply.
 * A function that gives undefined has failed: null and `none` are how to say "nothing".
 */
export function oneToOne<I = unknown>(fn: OneToOne<I>): NodeInstance {
  return { process: ({ payload }, context) => whenKnown(fn, payload as I, context, conclude) };
}

/** Runs a function and sends its output to `out`, or what it throws to `error`. */
export function sendOutputOf(fn: () => unknown, context: NodeContext): Reply | Promise<Reply> {
  return whenKnown(fn, undefined, context, conclude);
}

function conclude(output: unknown, context: NodeContext): Reply | Promise<Reply> {
  if (output === undefined) return sendError(context, noOutput(context));
  return output instanceof Error ? sendError(context, output) : sendOut(context, output);
}

function noOutput({ node }: NodeContext): StatusError {
  return new StatusError(
    Code.INTERNAL,
    `Node "${node.service}" gave undefined: wanted an output, null, or none for no response`,
  );
}
