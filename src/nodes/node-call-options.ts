import type { CallOptions } from '../client/call-options.ts';
import type { MetadataInit } from '../core/metadata.ts';
import { Activation } from './activation.ts';
import type { NodeContext } from './node-context.ts';
import { callMetadata } from './rpc-metadata.ts';

/** What the spec of a node says of the calls that it makes. */
export interface NodeCallFields {
  readonly timeoutMs: number | undefined;
  readonly metadata: MetadataInit | undefined;
  readonly forward: readonly string[] | undefined;
}

/** The options of a call that a node makes with a packet: part of its run. `defaultMs` bounds it where neither spec nor run do. */
export function nodeCallOptions(
  context: NodeContext,
  { timeoutMs, metadata, forward }: NodeCallFields,
  defaultMs?: number,
): CallOptions {
  const bound = timeoutMs ?? (context.deadline === Number.POSITIVE_INFINITY ? defaultMs : undefined);
  return {
    ...(bound !== undefined && { timeoutMs: bound }),
    ...(context instanceof Activation && { parent: context.call }),
    metadata: callMetadata(context, metadata, forward),
  };
}
