import type { StreamCall } from '../client/stream-call.ts';
import type { UnaryCall } from '../client/unary-call.ts';
import { Code } from '../core/code.ts';
import type { MethodKind } from '../core/method.ts';
import { StatusError } from '../core/status-error.ts';
import { anyByteStream } from './byte-stream.ts';
import type { Convert } from './conversion.ts';
import { holdStreams } from './held-streams.ts';

/** A call under way whose messages somebody reads. */
export interface RemoteExchange {
  readonly kind: MethodKind;
  /** A stream where the method streams responses. */
  readonly call: UnaryCall<unknown> | StreamCall<unknown>;
  /** Makes a payload of a response. */
  readonly response: Convert;
}

/** The responses of a call that streams them; RESOURCE_EXHAUSTED for more than `most`. */
export async function listed(
  { call, response }: Pick<RemoteExchange, 'call' | 'response'>,
  most: number,
  label: string,
): Promise<unknown[]> {
  const payloads: unknown[] = [];
  for await (const message of call as StreamCall<unknown>) {
    if (payloads.length === most)
      throw new StatusError(Code.RESOURCE_EXHAUSTED, `${label} gave more than ${most} messages`);
    payloads.push(response(message));
  }
  return payloads;
}

export function isAsyncIterable(input: unknown): input is AsyncIterable<unknown> {
  return typeof input === 'object' && input !== null && Symbol.asyncIterator in input;
}

/** Payloads as messages, as they come. */
export async function* converted(payloads: AsyncIterable<unknown>, convert: Convert): AsyncGenerator<unknown> {
  for await (const payload of payloads) yield convert(anyByteStream() ? await holdStreams(payload) : payload);
}
