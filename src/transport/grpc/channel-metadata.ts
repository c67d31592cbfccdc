import { Code } from '../../core/code.ts';
import type { ReadonlyMetadata } from '../../core/metadata.ts';
import { type Status, statusFrom } from '../../core/status.ts';
import { type MetadataLimits, metadataRefusal } from '../outgoing-metadata.ts';

/** What the metadata of a channel's calls may be. */
export interface ChannelRules extends MetadataLimits {
  readonly target: string;
  /** The connection is safe enough for `authorization`. */
  readonly credentials: boolean;
}

/** Why a call may not be sent over a channel with its metadata, secrets in plaintext included. */
export function channelRefusal(metadata: ReadonlyMetadata, rules: ChannelRules): Status | undefined {
  const refusal = metadataRefusal(metadata, rules);
  if (refusal !== undefined || rules.credentials || !metadata.has('authorization')) return refusal;
  return statusFrom(
    Code.FAILED_PRECONDITION,
    `Cannot send "authorization" to ${rules.target} in plaintext: use tls, or allowInsecureCredentials where the network is trusted`,
  );
}
