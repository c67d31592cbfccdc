import { Code, codeByName, codeName } from '../../core/code.ts';
import { maxTimerMs } from '../../core/deadline.ts';
import { isPromise } from '../../core/requests.ts';
import { StatusError, statusOf } from '../../core/status-error.ts';
import { maxLosses } from '../../core/suspects.ts';
import { errorInfo, findDetail, RetryInfo } from '../../wire/error-details.ts';
import { backoff, constantBackoff } from '../backoff.ts';
import { condition, loadCondition } from '../condition-field.ts';
import { copyValue } from '../copy-value.ts';
import { duration } from '../duration-field.ts';
import { wholeNumber } from '../field-checks.ts';
import { isSpent } from '../held-streams.ts';
import { defineKind } from '../kind.ts';
import type { NodeContext } from '../node-context.ts';
import { cancelled } from '../on-cancel.ts';
import { sendError, sendOr } from '../outlet.ts';
import { pause } from '../pause.ts';
import { errorDomain, type Reply } from '../reply.ts';
import { checked, fieldsOf, optional } from '../schema.ts';
import { turn } from '../turn.ts';
import { unlinked } from '../unlinked.ts';

/** Codes of errors that may be gone the next time. */
const passing: ReadonlySet<Code> = new Set([
  Code.UNKNOWN,
  Code.DEADLINE_EXCEEDED,
  Code.RESOURCE_EXHAUSTED,
  Code.ABORTED,
  Code.INTERNAL,
  Code.UNAVAILABLE,
]);

const codes = checked(
  'a list of status codes such as [UNAVAILABLE, ABORTED]',
  (value): ReadonlySet<Code> | undefined => {
    if (!Array.isArray(value) || value.length === 0) return undefined;
    const found = value.map((name: unknown) => (typeof name === 'string' ? codeByName(name) : undefined));
    const right = found.every((code) => code !== undefined && code !== Code.OK);
    return right ? new Set(found as Code[]) : undefined;
  },
);

/** Whether an error that came back is worth another attempt. */
type Worth = (error: Error, attempt: number, context: NodeContext) => unknown;

/** Sends its payload to `out` until what comes back is no error. The last error goes to `error`. */
export const retryKind = defineKind({
  kind: 'retry',
  spec: fieldsOf(
    {
      attempts: optional(wholeNumber(1, 100)),
      threshold: optional(wholeNumber(0, 99)),
      delay: optional(duration),
      backoff: optional(backoff),
      codes: optional(codes),
      when: optional(condition),
    },
    (fields) => {
      const both = (
        [
          ['attempts', 'threshold'],
          ['delay', 'backoff'],
          ['codes', 'when'],
        ] as const
      ).find(([one, other]) => fields[one] !== undefined && fields[other] !== undefined);
      return both && { path: [both[1]], message: `there is "${both[0]}" already, wanted one of them` };
    },
  ),
  fields: ['attempts', 'threshold', 'delay', 'backoff', 'codes', 'when'],
  async setup({ threshold = 2, attempts = threshold + 1, delay, backoff: grown, codes = passing, when }, setup) {
    const waitMs = delay === undefined ? (grown ?? backoff({})) : constantBackoff(delay);
    const worth = when === undefined ? byCode(codes) : byCondition(await loadCondition(when, setup));

    async function again(failure: Error, payload: unknown, context: NodeContext): Promise<Reply> {
      let reply: Reply = failure;
      let losses = 0;
      for (let attempt = 1; reply instanceof Error; attempt++) {
        if (reply instanceof StatusError && reply.lost) losses += 1;
        if (losses === maxLosses) return sendError(context, quarantined(reply));
        if (attempt === attempts || cancelled(context) !== undefined || isSpent(payload))
          return sendError(context, reply);
        if (!(await worth(reply, attempt, context))) return sendError(context, reply);
        const ms = Math.max(waitMs(attempt), askedMs(reply));
        // Whoever waits would be gone by then.
        if (Date.now() + ms >= context.deadline || ms > maxTimerMs) return sendError(context, reply);
        if (ms === 0) await turn();
        else if ((await pause(ms, context)) !== undefined) return reply;
        reply = await sendOr(context, 'out', attempt + 1 < attempts ? copyValue(payload) : payload, unlinked);
      }
      return reply;
    }

    return {
      process({ payload: given }, context) {
        // Whoever got it may have changed it before it failed.
        const payload = copyValue(given);
        const settled = (reply: Reply): Reply | Promise<Reply> => {
          if (reply === unlinked) return given;
          return reply instanceof Error ? again(reply, payload, context) : reply;
        };
        const reply = sendOr(context, 'out', given, unlinked);
        return isPromise(reply) ? reply.then(settled) : settled(reply);
      },
    };
  },
});

/** The end of a payload that nodes of other processes seem to die of: no code that anybody would repeat it for. */
function quarantined(cause: Error): StatusError {
  return new StatusError(
    Code.FAILED_PRECONDITION,
    `Sent no more: the connection was lost under it ${maxLosses} times, and it may be what the node dies of`,
    { details: [errorInfo({ reason: 'QUARANTINED', domain: errorDomain, metadata: {} })], cause },
  );
}

function byCode(codes: ReadonlySet<Code>): Worth {
  return (error) => codes.has(statusOf(error).code);
}

function byCondition(holds: (payload: unknown, context: NodeContext) => unknown): Worth {
  return async (error, attempt, context) => {
    const { code, message } = statusOf(error);
    try {
      return await holds({ code: codeName(code), message, attempt }, context);
    } catch (thrown) {
      // What failed says more than why nobody could tell whether to repeat it.
      context.log.warn('condition failed, the attempt is not repeated', { error: thrown });
      return false;
    }
  };
}

/** How long whoever failed asks others to wait, in milliseconds. */
function askedMs(error: Error): number {
  const { details } = statusOf(error);
  if (details.length === 0) return 0;
  const { seconds = 0n, nanos = 0 } = findDetail(details, RetryInfo)?.retryDelay ?? {};
  return Math.max(0, Number(seconds) * 1_000 + nanos / 1_000_000);
}
