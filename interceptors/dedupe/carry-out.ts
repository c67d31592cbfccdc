import {
  answerKey,
  type Call,
  Code,
  type Invoke,
  type LateAnswer,
  Metadata,
  type Method,
  type ReadonlyMetadata,
  type Status,
} from 'flowrpc';
import type { DedupeAnswers, DedupeEntry, DedupeOutcome } from './dedupe-answers.ts';
import { copyOf, replayedHeader } from './replay-outcome.ts';

/** Under which key a call is made, and where that is known. */
export interface DedupePlace {
  readonly answers: DedupeAnswers;
  readonly key: string;
  readonly request: string;
}

/** What a late answer that only interceptors can make a message of takes of the room: a sixteenth. */
const unknownShare = 16;

/**
 * Makes a call that others with its key wait for, and keeps what comes of it. With `late`, the handler of an earlier one gave that when nobody
 * heard it any more: it stands in for the handler, so that the interceptors in between refuse or change it like any other.
 */
export async function carryOut(
  call: Call,
  next: Invoke,
  { answers, key, request }: DedupePlace,
  late: LateAnswer | undefined,
): Promise<Status> {
  let taken = false;
  const take = (answer: LateAnswer) => (): LateAnswer => {
    taken = true;
    return answer;
  };
  const made = late === undefined ? call : call.with(answerKey, take(late));
  let settle!: (outcome: DedupeOutcome) => void;
  const entry: DedupeEntry = { request, outcome: new Promise((resolve) => (settle = resolve)) };
  if (!answers.begin(key, entry)) return next(made);
  const before = call.unsettled;
  let header: Metadata | undefined;
  let message: unknown;
  const status = await next(
    made.withResponses({
      header(part) {
        header = (header ?? new Metadata()).merge(part);
        call.sendHeader(part);
      },
      message(answer) {
        message = answer;
        if (late !== undefined) call.sendHeader(replayedHeader());
        return call.respond(answer);
      },
    }),
  );
  const outcome = { status: copyOf(status), header, message, cut: false };
  if (status.code === Code.OK && message !== undefined) {
    answers.end(key, entry, sizeOf(call.method, { header, message, trailer: status.trailer }));
    settle(outcome);
    return status;
  }
  const cut = call.signal.aborted;
  const ended = (after: LateAnswer | undefined): void => {
    const kept = after ?? (taken && !cut ? undefined : late);
    if (kept === undefined) answers.end(key, entry, undefined);
    else if (kept === late) answers.leave(key);
    else answers.end(key, { ...entry, late: kept }, sizeOf(call.method, kept) ?? answers.maxBytes / unknownShare);
    settle({ ...outcome, cut, late: kept });
  };
  // A handler that goes on after its call is not to run twice at the same time. An attempt further out may have left one before.
  if (call.unsettled === undefined || call.unsettled === before) ended(undefined);
  else void call.unsettled.then(ended);
  return status;
}

interface Answer {
  readonly header: ReadonlyMetadata | undefined;
  readonly message: unknown;
  readonly trailer: ReadonlyMetadata;
}

/** Undefined for what cannot be encoded: its caller is about to hear so. */
function sizeOf({ response }: Method, { header, message, trailer }: Answer): number | undefined {
  try {
    return response.encode(message).byteLength + (header?.byteLength ?? 0) + trailer.byteLength;
  } catch {
    return undefined;
  }
}
