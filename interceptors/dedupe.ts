import { createHash } from 'node:crypto';
import {
  Code,
  type Context,
  checkOptions,
  type Interceptor,
  type LateAnswer,
  Metadata,
  statusFrom,
  statusOf,
} from 'flowrpc';
import { atOnce } from './calls/harmless.ts';
import { untilCancelled } from './calls/until-cancelled.ts';
import { carryOut } from './dedupe/carry-out.ts';
import { DedupeAnswers } from './dedupe/dedupe-answers.ts';
import { replayOutcome } from './dedupe/replay-outcome.ts';
import { idempotencyHeader } from './retry/idempotency-key.ts';

export interface DedupeOptions {
  /** The metadata key that names a call. Default `idempotency-key`, which `retry()` and `hedging()` send. */
  header?: string;
  /** Who calls: the keys of two callers never meet. Default what the client's certificate proves, else one caller for all. */
  caller?: (call: Context) => string | undefined;
  /** How long an answer is kept. Default 5 minutes, the longest a unary call takes unless told otherwise. */
  keepMs?: number;
  /** Answers kept; and calls under way that are known. Default 10,000. */
  maxAnswers?: number;
  /** Bytes of answers kept, as they are encoded. Default 16 MiB. */
  maxBytes?: number;
}

const names = ['header', 'caller', 'keepMs', 'maxAnswers', 'maxBytes'];
const legalKey = /^[\x21-\x7e]{1,128}$/;

/**
 * For servers: carries out a unary call once, however often it is sent under one key. A repeat of a call under way waits for the same
 * end; one of an answered call gets that answer at once, with `idempotency-replayed: true` in the header. So it is with what a handler
 * answers when its call is over (deadline, cancel, lost connection): a repeat waits for it, and gets what the interceptors further in
 * make of it. Failures are not kept, since whoever repeats wants another try. A key that comes again with another request is INVALID_ARGUMENT. Calls without a key, streams, and methods without side effects pass as they are.
 */
export function dedupe({
  header = idempotencyHeader,
  caller = byCertificate,
  keepMs = 300_000,
  maxAnswers = 10_000,
  maxBytes = 16 * 1024 * 1024,
  ...rest
}: DedupeOptions = {}): Interceptor {
  checkOptions('dedupe', rest, names);
  // Refuses what cannot be sent.
  new Metadata().set(header, 'x');
  for (const [name, value] of Object.entries({ keepMs, maxAnswers, maxBytes }))
    if (!(typeof value === 'number' && value > 0))
      throw new RangeError(`Cannot dedupe with ${name} ${String(value)}: wanted more than 0`);
  const answers = new DedupeAnswers({ keepMs, maxAnswers, maxBytes });

  return async function dedupe(call, next) {
    const { method, metadata, side } = call;
    if (side === 'client' || method.kind !== 'unary' || method.idempotency === 'no-side-effects') return next(call);
    const [id, ...more] = metadata.getAll(header);
    if (id === undefined) return next(call);
    if (more.length > 0 || typeof id !== 'string' || !legalKey.test(id))
      return statusFrom(Code.INVALID_ARGUMENT, `Wanted one ${header} of 1 to 128 printable characters`);
    const key = JSON.stringify([atOnce('the caller of dedupe()', caller(call)) ?? '', method.path, id]);
    const request = createHash('sha256').update(method.request.encode(call.request)).digest('base64');
    let late: LateAnswer | undefined;
    for (;;) {
      const known = answers.find(key);
      if (known !== undefined && known.request !== request)
        return statusFrom(Code.INVALID_ARGUMENT, `The ${header} was sent before with another request`);
      if (known === undefined || known.late !== undefined)
        return carryOut(call, next, { answers, key, request }, known?.late ?? late);
      const outcome = await untilCancelled(known.outcome, call.signal).catch((reason) => statusOf(reason));
      if ('code' in outcome) return outcome;
      if (!outcome.cut && outcome.late === undefined) return replayOutcome(call, outcome);
      late = outcome.late;
    }
  };
}

function byCertificate({ peer: { identity } }: Context): string | undefined {
  return identity?.names[0] ?? identity?.subject;
}
