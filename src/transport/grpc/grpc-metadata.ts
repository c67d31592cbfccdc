import { Metadata as GrpcMetadata } from '@grpc/grpc-js';
import { Metadata, type ReadonlyMetadata } from '../../core/metadata.ts';

type Pairs = Map<string, (string | Uint8Array)[]>;

/** Belong to the protocol; `grpc-status-details-bin` is part of the status. */
const protocolKeys = [
  'content-type',
  'date',
  'grpc-accept-encoding',
  'grpc-encoding',
  'grpc-message',
  'grpc-status',
  'grpc-status-details-bin',
];

/** Metadata as grpc-js sends it. */
export function toGrpc(metadata: ReadonlyMetadata): GrpcMetadata {
  const result = new GrpcMetadata();
  // Checked when it was set: grpc-js would match every key and value once more.
  const own = (result as unknown as { internalRepr?: unknown }).internalRepr;
  if (own instanceof Map && metadata instanceof Metadata && metadata.checked) {
    for (const key of metadata.keys()) own.set(key, metadata.getAll(key).map(toGrpcValue));
  } else {
    for (const [key, value] of metadata) result.add(key, toGrpcValue(value));
  }
  return result;
}

/** What a peer sent, without the keys of the protocol. Takes over the pairs where grpc-js lets us, else copies them. */
export function fromGrpc(received: GrpcMetadata): Metadata {
  const own = (received as unknown as { internalRepr?: unknown }).internalRepr;
  const pairs: Pairs = own instanceof Map ? (own as Pairs) : new Map(Object.entries(received.toJSON()));
  for (const key of protocolKeys) pairs.delete(key);
  return Metadata.received(pairs);
}

function toGrpcValue(value: string | Uint8Array): string | Buffer {
  return typeof value === 'string' ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}
