import type { ChannelInterface, Metadata as GrpcMetadata } from '@grpc/grpc-js';

interface Internals {
  internalChannel?: {
    createRetryingCall?(...given: unknown[]): { getPushback?(trailer: GrpcMetadata): number | null };
  };
}

/**
 * Lets servers stop retries as gRFC A6 says. Symptom: a `grpc-retry-pushback-ms` that is no number makes grpc-js retry at once.
 * Cause: it takes the NaN for a delay. May go when that is fixed upstream.
 */
export function obeyPushback(channel: ChannelInterface): void {
  const internal = (channel as Internals).internalChannel;
  const create = internal?.createRetryingCall;
  if (internal === undefined || create === undefined)
    throw new Error(
      'Cannot retry by service config: this version of @grpc/grpc-js works in another way, use the retry() interceptor',
    );
  internal.createRetryingCall = (...given) => {
    const call = create.apply(internal, given);
    call.getPushback = pushbackOf;
    return call;
  };
}

/** Milliseconds to wait, -1 for never again, null when the server says nothing. */
function pushbackOf(trailer: GrpcMetadata): number | null {
  const [text] = trailer.get('grpc-retry-pushback-ms');
  if (text === undefined) return null;
  return typeof text === 'string' && /^\d{1,10}$/.test(text) ? Number(text) : -1;
}
