import { Metadata as GrpcMetadata } from '@grpc/grpc-js';
import { withoutPrinted } from './printed-headers.ts';

/** The `grpc-message` of trailers in which a peer said how a call failed, as it came. */
const messages = new WeakMap<GrpcMetadata, string>();

/*
 * Symptoms: grpc-js reports a peer's UNAVAILABLE and a broken connection in one shape, and leaves `%3A` in messages. Causes: its
 * calls drop `grpc-status` from the trailers and keep no trace of where a status came from; messages go through decodeURI. All
 * headers pass through this one function on their way in, so it notes what a failed call's said; it changes nothing else, but for
 * what would be printed (`./printed-headers.ts`). May go when a status of grpc-js says who decided it.
 */
const convert = GrpcMetadata.fromHttp2Headers as typeof GrpcMetadata.fromHttp2Headers | undefined;

/** Whether the function was there to be wrapped. */
export const notesPeers = convert !== undefined;

if (convert !== undefined) {
  GrpcMetadata.fromHttp2Headers = function fromHttp2Headers(headers) {
    const metadata = convert.call(GrpcMetadata, withoutPrinted(headers));
    const code = headers['grpc-status'];
    if (code !== undefined && code !== '0') messages.set(metadata, String(headers['grpc-message'] ?? ''));
    return metadata;
  };
}

/** The message that a peer sent with its failure; undefined for a failure on the way (no connection, reset, deadline, cancel). */
export function peerMessage(trailer: GrpcMetadata): string | undefined {
  const message = messages.get(trailer);
  return message === undefined ? undefined : percentDecode(message);
}

/** Text from `grpc-message` (PROTOCOL-HTTP2, "Status-Message"): what can't be decoded is kept as it is. */
function percentDecode(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
