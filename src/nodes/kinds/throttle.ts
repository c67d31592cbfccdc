import { Code } from '../../core/code.ts';
import { remaining } from '../../core/deadline.ts';
import { StatusError } from '../../core/status-error.ts';
import { calledBack } from '../called-back.ts';
import { positiveDuration } from '../duration-field.ts';
import { oneOf, wholeNumber } from '../field-checks.ts';
import { defineKind } from '../kind.ts';
import { compileProgram, programField } from '../languages/program-field.ts';
import type { NodeContext } from '../node-context.ts';
import { sendError, sendOut } from '../outlet.ts';
import type { Reply } from '../reply.ts';
import { checked, fieldsOf, optional } from '../schema.ts';
import { Buckets } from '../throttle/buckets.ts';
import type { TokenBucket } from '../throttle/token-bucket.ts';
import { whenKnown } from '../when-known.ts';

const rate = checked('a number above 0', (value) =>
  typeof value === 'number' && value > 0 && Number.isFinite(value) ? value : undefined,
);

/** Lets `rate` packets pass in an `interval`, and `burst` of them at once. The others wait for their turn, or are refused. */
export const throttleKind = defineKind({
  kind: 'throttle',
  spec: fieldsOf({
    rate,
    interval: optional(positiveDuration),
    burst: optional(wholeNumber(1, 1_000_000)),
    mode: optional(oneOf(['wait', 'reject'])),
    queue: optional(wholeNumber(0, 100_000)),
    key: optional(programField),
  }),
  fields: ['rate', 'interval', 'burst', 'mode', 'queue', 'key'],
  async setup(
    { rate, interval = 1_000, burst = Math.max(1, Math.floor(rate)), mode = 'wait', queue = 1_000, key },
    context,
  ) {
    const buckets = new Buckets({ ratePerMs: rate / interval, burst });
    const run = key === undefined ? undefined : await compileProgram(key, context);
    const keyOf = run && ((payload: unknown, context: NodeContext) => run([payload], context));
    const most = mode === 'wait' ? queue : 0;
    const pass = (key: unknown, context: NodeContext, payload: unknown): Reply | Promise<Reply> => {
      const bucket = buckets.at(key);
      if (bucket?.take()) return sendOut(context, payload);
      if (bucket === undefined || bucket.waiting >= most) return sendError(context, refused(bucket, context));
      if (bucket.waitMs > remaining(context.deadline)) return sendError(context, tooLate(bucket, context));
      return calledBack(context, (back) => bucket.enter(back)).then((reason) => reason ?? sendOut(context, payload));
    };
    return {
      process: ({ payload }, context) =>
        keyOf === undefined ? pass(null, context, payload) : whenKnown(keyOf, payload, context, pass),
      close: () => buckets.close(),
    };
  },
});

function refused(bucket: TokenBucket | undefined, { node }: NodeContext): StatusError {
  const why = bucket === undefined ? 'too many keys are in use' : waits(bucket.waiting);
  return new StatusError(Code.RESOURCE_EXHAUSTED, `Node "${node.service}" lets no more packets pass now: ${why}`);
}

function waits(count: number): string {
  return count === 0 ? 'its rate is reached' : `${count} wait already`;
}

function tooLate({ waitMs }: TokenBucket, { node }: NodeContext): StatusError {
  return new StatusError(
    Code.DEADLINE_EXCEEDED,
    `Node "${node.service}" would let the packet pass in ${Math.ceil(waitMs)} ms, after its deadline`,
  );
}
