import { Code } from '../core/code.ts';
import type { Detail } from '../core/status.ts';
import { StatusError } from '../core/status-error.ts';
import { isTransportFailure, none, type Reply } from './reply.ts';

const shownMessages = 3;
const maxDetailBytes = 4096;

/**
 * The replies of several targets, in link order, as one: absent ones drop out, one left is the reply itself, several are a list.
 * Any errors make one error and no value is mixed in: its code is theirs when they agree, else that of the first, transport
 * failures last; its message has the first three.
 */
export function mergeReplies(replies: readonly Reply[]): Reply {
  const present = replies.filter((reply) => reply !== none);
  if (present.length === 0) return none;
  const errors = present.filter((reply) => reply instanceof Error).map(asStatusError);
  if (errors.length > 0) return mergeErrors(errors);
  return present.length === 1 ? present[0] : present;
}

function mergeErrors(errors: readonly StatusError[]): StatusError {
  if (errors.length === 1) return errors[0]!;
  const answers = errors.filter((error) => !isTransportFailure(error));
  const ordered = [...answers, ...errors.filter(isTransportFailure)];
  const first = ordered[0]!;
  const more = ordered.length > shownMessages ? `; +${ordered.length - shownMessages} more` : '';
  const shown = ordered.slice(0, shownMessages).map(({ statusMessage }) => statusMessage);
  return new StatusError(first.code, `${shown.join('; ')}${more}`, {
    details: fitting(ordered.flatMap(({ details }) => details)),
    origin: first.origin,
    cause: new AggregateError(ordered),
  });
}

function fitting(details: readonly Detail[]): Detail[] {
  let left = maxDetailBytes;
  return details.filter(({ typeUrl, value }) => {
    const bytes = typeUrl.length + value.byteLength;
    if (bytes > left) return false;
    left -= bytes;
    return true;
  });
}

function asStatusError(error: Error): StatusError {
  if (error instanceof StatusError) return error;
  return new StatusError(Code.UNKNOWN, error.message, { origin: 'peer', cause: error });
}
