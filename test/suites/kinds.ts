import {
  type CallOptions,
  type Client,
  type HandlerContext,
  type Handlers,
  type Metadata,
  type MethodKind,
  type Status,
  type StreamCall,
  streamsRequests,
  streamsResponses,
  type UnaryCall,
} from 'flowrpc';
import type { Probe, ProbeMethods } from './probe-service.ts';

/** The four kinds, which are also the local names of the probe's methods. */
export const kinds: readonly (MethodKind & keyof ProbeMethods)[] = ['unary', 'serverStream', 'clientStream', 'bidi'];
export type Kind = (typeof kinds)[number];
export const sides = ['client', 'server'] as const;
export type Side = (typeof sides)[number];

/** A handler that fits every kind: messages in, messages out. */
export type AnyHandler = (requests: AsyncIterable<Probe>, context: HandlerContext) => AsyncIterable<Probe>;

/** One handler for all four methods; where one message is given, it is the last. */
export function everyKind(handle: AnyHandler): Handlers<ProbeMethods> {
  const last = async (requests: AsyncIterable<Probe>, context: HandlerContext): Promise<Probe> => {
    let message: Probe | undefined;
    for await (const item of handle(requests, context)) message = item;
    return message!;
  };
  return {
    unary: (request, context) => last(one(request), context),
    serverStream: (request, context) => handle(one(request), context),
    clientStream: last,
    bidi: handle,
  };
}

/** Answers each request with its text in upper case, when all have come. */
export const shout: AnyHandler = async function* shout(requests) {
  const all: Probe[] = [];
  for await (const request of requests) all.push(request);
  for (const { text, n } of all) yield { text: text.toUpperCase(), n };
};

/** How a call went, whatever its kind. */
export interface Outcome {
  readonly messages: readonly Probe[];
  readonly status: Status;
  readonly header: Metadata;
}

export type AnyCall = UnaryCall<Probe> | StreamCall<Probe>;

/** Starts a call of any kind with messages a and b, or the first of them. */
export function start(
  client: Client<ProbeMethods>,
  kind: Kind,
  options?: CallOptions,
  requests: readonly Probe[] = two,
): AnyCall {
  const method = client[kind] as (input: unknown, options?: CallOptions) => AnyCall;
  return method(streamsRequests(kind) ? requests : requests[0], options);
}

/** Reads a call to its end. Never rejects: the failure is in the status. */
export async function outcome(call: AnyCall): Promise<Outcome> {
  const messages: Probe[] = [];
  try {
    if ('then' in call) messages.push(await call);
    else for await (const message of call) messages.push(message);
  } catch {
    // Told again by the status.
  }
  return { messages, status: await call.status, header: await call.header };
}

/** Starts a call and reads it to its end. */
export function run(
  client: Client<ProbeMethods>,
  kind: Kind,
  options?: CallOptions,
  requests?: readonly Probe[],
): Promise<Outcome> {
  return outcome(start(client, kind, options, requests));
}

export const two: readonly Probe[] = [
  { text: 'a', n: 1 },
  { text: 'b', n: 2 },
];

/** The texts that `shout` answers to `two`. */
export function shouted(kind: Kind): readonly string[] {
  if (!streamsRequests(kind)) return ['A'];
  return streamsResponses(kind) ? ['A', 'B'] : ['B'];
}

export function texts({ messages }: Outcome): readonly string[] {
  return messages.map(({ text }) => text);
}

async function* one(message: Probe): AsyncGenerator<Probe> {
  yield message;
}
