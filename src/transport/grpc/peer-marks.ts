import { Metadata as GrpcMetadata } from '@grpc/grpc-js';

/** Metadata of trailers in which a peer said how a call failed. */
const marked = new WeakSet<GrpcMetadata>();

/*
 * Symptom: grpc-js reports a peer's UNAVAILABLE and a broken connection in one shape. Cause: its calls drop `grpc-status` from the
 * trailers and keep no trace of where a status came from. All headers pass through this one function on their way in, so it notes
 * which carried a status; it changes nothing else. May go when a status says who decided it.
 */
const convert = GrpcMetadata.fromHttp2Headers;
GrpcMetadata.fromHttp2Headers = function fromHttp2Headers(headers) {
  const metadata = convert.call(GrpcMetadata, headers);
  const code = headers['grpc-status'];
  if (code !== undefined && code !== '0') marked.add(metadata);
  return metadata;
};

/** True for a status that its peer sent, false for a failure on the way (no connection, reset, deadline, cancel). */
export function cameFromPeer({ code, metadata }: { code: number; metadata: GrpcMetadata }): boolean {
  return code === 0 || marked.has(metadata);
}
