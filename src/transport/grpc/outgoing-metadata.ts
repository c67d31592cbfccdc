import { Code } from '../../core/code.ts';
import type { ReadonlyMetadata } from '../../core/metadata.ts';
import { type Status, statusFrom } from '../../core/status.ts';
import { metadataExcess } from '../outgoing-status.ts';

/** What the metadata of a channel's calls may be. */
export interface OutgoingRules {
  readonly target: string;
  readonly maxMetadataPairs: number;
  readonly maxMetadataBytes: number;
  /** The connection is safe enough for `authorization`. */
  readonly credentials: boolean;
}

/** Why metadata may not be sent: what would harm other calls of the connection, or what grpc-js finds out too late or not at all. */
export function metadataRefusal(metadata: ReadonlyMetadata, rules: OutgoingRules): Status | undefined {
  if (metadata.size === 0) return undefined;
  const excess = metadataExcess(metadata, rules);
  if (excess !== undefined) return statusFrom(Code.RESOURCE_EXHAUSTED, `The call has ${excess}`);
  const { length } = metadata.getAll('authorization');
  if (length > 1)
    return statusFrom(Code.INVALID_ARGUMENT, `The call has ${length} values of "authorization": wanted one`);
  if (length === 0 || rules.credentials) return undefined;
  return statusFrom(
    Code.FAILED_PRECONDITION,
    `Cannot send "authorization" to ${rules.target} in plaintext: use tls, or allowInsecureCredentials where the network is trusted`,
  );
}
