import { Code } from '../core/code.ts';
import { key } from '../core/key.ts';
import { isPromise } from '../core/requests.ts';
import { StatusError } from '../core/status-error.ts';
import type { NodeContext, NodeInstance } from './node-context.ts';
import { sendOutputOf } from './one-to-one.ts';

/** A function of one payload from each in-port, in port order; undefined stands for the payload that came last. */
export type ManyToOne<I = unknown> = (payloads: readonly I[], context: NodeContext) => unknown;

/** Payloads that one process has brought so far, by in-port. */
type Waiting = Map<string, unknown[]>;

const maxWaiting = 1_000;

/**
 * Waits, in each process, for a packet from every in-port and runs once for a complete set. Those that came early are answered
 * at once with their own payload; the last one gets the result, by way of `out` or `error` as in `oneToOne`.
 */
export function manyToOne<I = unknown>(fn: ManyToOne<I>): NodeInstance {
  const waitingKey = key<Waiting>('many-to-one');
  return {
    perProcess: true,
    process({ payload }, context) {
      const { process, node, port } = context;
      const waiting = process.state<Waiting>(waitingKey, () => new Map(node.inputs.map((name) => [name, []])));
      const own = waiting.get(port)!;
      if (own.length >= maxWaiting) return sendOutputOf(() => tooMany(port), context);
      own.push(payload);
      const queues = [...waiting.values()];
      if (queues.some(({ length }) => length === 0)) return payload;
      const payloads = queues.map((queue) => queue.shift() as I);
      return sendOutputOf(() => orElse(fn(payloads, context), payload), context);
    },
  };
}

function orElse(output: unknown, otherwise: unknown): unknown {
  if (isPromise(output)) return Promise.resolve(output).then((value) => (value === undefined ? otherwise : value));
  return output === undefined ? otherwise : output;
}

function tooMany(port: string): StatusError {
  return new StatusError(Code.RESOURCE_EXHAUSTED, `In-port "${port}" holds ${maxWaiting} packets that wait for others`);
}
