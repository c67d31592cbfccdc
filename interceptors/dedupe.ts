import { createHash } from 'node:crypto';
import {
  type Call,
  Code,
  type Context,
  checkOptions,
  type Interceptor,
  type Invoke,
  Metadata,
  type Status,
  statusFrom,
  statusOf,
  withStatus,
} from 'flowrpc';
import { atOnce } from './calls/harmless.ts';
import { untilCancelled } from './calls/until-cancelled.ts';
import { DedupeAnswers, type DedupeEntry, type DedupeOutcome } from './dedupe/dedupe-answers.ts';
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
 * end; one of an answered call gets that answer at once, with `idempotency-replayed: true` in the header. Failures are not kept, since
 * whoever repeats wants another try; nor is the end of a call that its own caller gave up. A key that comes again with another request is
 * INVALID_ARGUMENT. Calls without a key, streams, and methods without side effects pass as they are.
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
    for (;;) {
      const known = answers.find(key);
      if (known === undefined) return carriedOut(call, next, answers, key, request);
      if (known.request !== request)
        return statusFrom(Code.INVALID_ARGUMENT, `The ${header} was sent before with another request`);
      const outcome = await untilCancelled(known.outcome, call.signal).catch((reason) => statusOf(reason));
      if ('code' in outcome) return outcome;
      if (!outcome.cut) return replayed(call, outcome);
    }
  };
}

async function carriedOut(
  call: Call,
  next: Invoke,
  answers: DedupeAnswers,
  key: string,
  request: string,
): Promise<Status> {
  let settle!: (outcome: DedupeOutcome) => void;
  const entry: DedupeEntry = { request, outcome: new Promise((resolve) => (settle = resolve)) };
  if (!answers.begin(key, entry)) return next(call);
  let sent: Metadata | undefined;
  let message: unknown;
  const status = await next(
    call.withResponses({
      header(header) {
        sent = (sent ?? new Metadata()).merge(header);
        call.sendHeader(header);
      },
      message(answer) {
        message = answer;
        return call.respond(answer);
      },
    }),
  );
  const well = status.code === Code.OK && message !== undefined;
  const outcome = { status: copyOf(status), header: sent, message, cut: !well && call.signal.aborted };
  const ended = (): void => {
    answers.end(key, entry, well ? sizeOf(call, outcome) : undefined);
    settle(outcome);
  };
  // A handler that goes on after its call is not to run twice at the same time.
  if (call.unsettled === undefined) ended();
  else void call.unsettled.then(ended, ended);
  return status;
}

/** Undefined for what cannot be encoded: its caller is about to hear so. */
function sizeOf({ method }: Call, { status, header, message }: DedupeOutcome): number | undefined {
  try {
    return method.response.encode(message).byteLength + (header?.byteLength ?? 0) + status.trailer.byteLength;
  } catch {
    return undefined;
  }
}

async function replayed(call: Call, { status, header, message }: DedupeOutcome): Promise<Status> {
  if (status.code !== Code.OK) return copyOf(status);
  call.sendHeader(new Metadata({ 'idempotency-replayed': 'true' }).merge(header ?? new Metadata()));
  await call.respond(message);
  return copyOf(status);
}

/** Interceptors further out may add to the trailer of what they are given. */
function copyOf(status: Status): Status {
  return withStatus(status, { trailer: status.trailer.clone() });
}

function byCertificate({ peer: { identity } }: Context): string | undefined {
  return identity?.names[0] ?? identity?.subject;
}
