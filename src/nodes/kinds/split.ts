import { Code } from '../../core/code.ts';
import { StatusError } from '../../core/status-error.ts';
import { defineKind } from '../kind.ts';
import type { NodeContext } from '../node-context.ts';
import { oneToMany } from '../one-to-many.ts';
import { isLinked, portCount } from '../outlet.ts';

/** Sends element i of a list to `out[i]`, and anything else to `out[0]`. A list with elements that lead nowhere is an error, and nothing is sent. */
export const splitKind = defineKind({
  kind: 'split',
  fields: [],
  outputs: ['out[*]', 'error'],
  setup: () =>
    oneToMany((payload, context) => {
      if (!Array.isArray(payload)) return [payload];
      const ports = portCount(context, 'out');
      // Linked to nothing at all, it answers with what came in.
      if (ports === 0) return [];
      if (ports !== undefined) refuseLost(payload.length, ports, context);
      return payload as unknown[];
    }),
});

function refuseLost(length: number, ports: number, context: NodeContext): void {
  const gaps = Array.from({ length: Math.min(length, ports) }, (_, index) => index).filter(
    (index) => isLinked(context, `out[${index}]`) === false,
  );
  const lost = gaps.length + Math.max(0, length - ports);
  if (lost === 0) return;
  const shown = `out[${gaps[0] ?? ports}]`;
  const leads = lost === 1 ? `${shown} leads` : `${shown} and ${lost - 1} more lead`;
  throw new StatusError(Code.INVALID_ARGUMENT, `Cannot split a list of ${length}: ${leads} nowhere`);
}
