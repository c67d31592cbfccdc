import { Activation } from './activation.ts';
import type { NodeContext } from './node-context.ts';
import { nodeError } from './reply.ts';
import { exhausted } from './run.ts';

/**
 * The error of a list when one packet may not send so many: a packet for each element by `each`, and one by `last`. Undefined for others. Ask before anything is
 * sent: what is sent already would be lost.
 */
export function tooManyElements(
  elements: readonly unknown[],
  context: NodeContext,
  each: string,
  last: string,
): Error | undefined {
  if (!(context instanceof Activation)) return undefined;
  const { runtime, run } = context;
  const { fanOut } = run.limits;
  const packets = elements.length * runtime.edges(each).length + runtime.edges(last).length;
  if (packets <= fanOut) return undefined;
  const { service } = context.node;
  return nodeError(exhausted(service, `more than ${fanOut} packets for one`), service);
}
