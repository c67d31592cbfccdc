import type { Limits } from '../core/acceptor.ts';
import { Code } from '../core/code.ts';
import { Metadata, type ReadonlyMetadata } from '../core/metadata.ts';
import { type Status, statusFrom } from '../core/status.ts';
import { StatusError } from '../core/status-error.ts';

export type MetadataLimits = Pick<Limits, 'maxMetadataBytes' | 'maxMetadataPairs'>;

/** Why metadata is too much to be sent; undefined when it is not. */
export function metadataExcess(
  metadata: ReadonlyMetadata,
  { maxMetadataPairs, maxMetadataBytes }: MetadataLimits,
): string | undefined {
  const { size } = metadata;
  if (size > maxMetadataPairs) return `${size} pairs of metadata, ${maxMetadataPairs} allowed`;
  if (size === 0) return undefined;
  const bytes = metadata.byteLength;
  return bytes > maxMetadataBytes ? `${bytes} bytes of metadata, ${maxMetadataBytes} allowed` : undefined;
}

/** Why a call may not be made with its metadata: it would harm its neighbours, or nobody could say what it means. */
export function metadataRefusal(metadata: ReadonlyMetadata, limits: MetadataLimits): Status | undefined {
  if (metadata.size === 0) return undefined;
  const excess = metadataExcess(metadata, limits);
  if (excess !== undefined) return statusFrom(Code.RESOURCE_EXHAUSTED, `The call has ${excess}`);
  const { length } = metadata.getAll('authorization');
  if (length <= 1) return undefined;
  return statusFrom(Code.INVALID_ARGUMENT, `The call has ${length} values of "authorization": wanted one`);
}

/** A header that waits for its flush, with more merged in. Throws RESOURCE_EXHAUSTED when that makes it too large to be sent. */
export function mergeHeader(pending: Metadata | undefined, header: Metadata, limits: MetadataLimits): Metadata {
  const merged = (pending ?? new Metadata()).merge(header);
  const excess = metadataExcess(merged, limits);
  if (excess === undefined) return merged;
  throw new StatusError(Code.RESOURCE_EXHAUSTED, `The header has ${excess}`);
}
