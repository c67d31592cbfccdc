import type { Method, Service } from '../core/method.ts';
import { isMessage } from '../nodes/conversion.ts';
import { type DifferenceOptions, formatDifference, messageDifferences } from '../wire/message-difference.ts';
import type { MessageType } from '../wire/message-type.ts';

/** Old callers send what they know, and what they send must be read whole. */
const ofRequests: DifferenceOptions = { json: true };
/** Old callers skip what is new to them, and rely on what they know. */
const ofResponses: DifferenceOptions = { json: true, additions: true, complete: true };

const strength = { unknown: 0, idempotent: 1, 'no-side-effects': 2 } as const;

/** What callers of a service that runs lose when another takes its place, a sentence each: methods, types, stream shape, idempotency. Additions are fine. */
export function breakingChanges(live: Service, next: Service): string[] {
  const after = new Map(Object.values(next.methods).map((method) => [method.name, method]));
  const gone: string[] = [];
  const weaker: string[] = [];
  const found: string[] = [];
  for (const before of Object.values(live.methods)) {
    const { name } = before;
    const now = after.get(name);
    if (now === undefined) {
      gone.push(name);
      continue;
    }
    if (strength[now.idempotency] < strength[before.idempotency]) weaker.push(name);
    if (now.kind !== before.kind) found.push(`${name} is ${shapes[before.kind]} now, and would be ${shapes[now.kind]}`);
    // The stream form of a port has the types of its unary form, so they are told once.
    else if (!(name.endsWith('Stream') && sameTypes(before, methodNamed(live, name.slice(0, -'Stream'.length)))))
      found.push(...typeChanges(before, now));
  }
  if (gone.length > 0) found.unshift(`${gone.join(' and ')} would be gone`);
  if (weaker.length > 0) found.push(`${weaker.join(' and ')} may be repeated now, and would no longer say so`);
  return found;
}

const shapes = {
  unary: 'unary',
  serverStream: 'a stream of responses',
  clientStream: 'a stream of requests',
  bidi: 'a stream both ways',
} as const;

function typeChanges(before: Method, now: Method): string[] {
  const requests = changes(before.request, now.request, ofRequests);
  const responses = changes(now.response, before.response, ofResponses);
  return [
    ...requests.map((why) => `requests of ${before.name} would not be read as they are sent now: ${why}`),
    ...responses.map((why) => `responses of ${before.name} would not be what callers read now: ${why}`),
  ];
}

function changes(from: Method['request'], to: Method['request'], options: DifferenceOptions): string[] {
  if (!isMessage(from.typeName) && !isMessage(to.typeName)) return [];
  if (!isTyped(from) || !isTyped(to)) return [`${from.typeName} is not ${to.typeName}`];
  return messageDifferences(from.schema, to.schema, options).map(formatDifference);
}

function isTyped(codec: Method['request']): codec is MessageType {
  return 'schema' in codec && isMessage(codec.typeName);
}

function methodNamed({ methods }: Service, name: string): Method | undefined {
  return Object.values(methods).find((method) => method.name === name);
}

function sameTypes({ request, response }: Method, other: Method | undefined): boolean {
  return request.typeName === other?.request.typeName && response.typeName === other.response.typeName;
}
