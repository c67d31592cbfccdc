import { type Method, streamsResponses } from '../core/method.ts';
import { type DifferenceOptions, formatDifference, messageDifferences } from '../wire/message-difference.ts';
import type { MessageType } from '../wire/message-type.ts';
import { type EndTypes, typesOf } from './conversion.ts';

/**
 * Why a method elsewhere cannot be what an out-port leads to: undefined when it can. Requests must arrive whole; a response may say more than is
 * expected, since its service may be newer.
 */
export function mismatch({ request, response }: EndTypes, method: Method): string | undefined {
  if (response !== undefined && streamsResponses(method.kind))
    return `it expects one ${response.typeName}, and ${method.path.slice(1)} streams responses`;
  const taken = typesOf(method);
  return (
    unread('it sends', request, 'takes', taken.request) ??
    unread('it is answered with', taken.response, 'expects', response, { additions: true })
  );
}

function unread(
  verb: string,
  from: MessageType | undefined,
  otherVerb: string,
  to: MessageType | undefined,
  options: DifferenceOptions = {},
): string | undefined {
  if (from === undefined || to === undefined) return undefined;
  const [first, ...more] = messageDifferences(from.schema, to.schema, options);
  if (first === undefined) return undefined;
  const rest = more.length === 0 ? '' : ` (+${more.length} more)`;
  return `${verb} ${from.typeName} and ${otherVerb} ${to.typeName}, ${formatDifference(first)}${rest}`;
}
