import { Code } from '../core/code.ts';
import { Metadata, type MetadataInit, type ReadonlyMetadata } from '../core/metadata.ts';
import { StatusError } from '../core/status-error.ts';
import { Activation } from './activation.ts';
import { writeHops } from './hop.ts';
import type { NodeContext } from './node-context.ts';
import { checked } from './schema.ts';

/** Metadata keys with a text each, in a spec. */
export const metadataField = checked('a mapping of metadata keys to text', (value) =>
  typeof value === 'object' && value !== null && Object.values(value).every((item) => typeof item === 'string')
    ? (value as Record<string, string>)
    : undefined,
);

/** Keys that are passed on from whoever began the run. */
export const forwardField = checked('a list of metadata keys such as [x-tenant]', (value) => {
  return Array.isArray(value) && value.every(isMetadataKey) ? value.map((key) => key.toLowerCase()) : undefined;
});

/** Whether a value is a metadata key, and not one of the protocol's own. */
export function isMetadataKey(value: unknown): value is string {
  return typeof value === 'string' && /^[\w.-]+$/.test(value) && !/^(?:grpc|flowrpc)-/i.test(value);
}

const noHops = { hops: 0, path: [] };

/** The metadata of a call that a node makes: its own, what is passed on, and how far away the run began. */
export function callMetadata(
  context: NodeContext,
  own: MetadataInit | undefined,
  forward: readonly string[] = [],
): Metadata {
  const metadata = ownMetadata(own);
  if (context instanceof Activation) {
    for (const key of forward) {
      if (metadata.has(key)) continue;
      for (const value of context.call.metadata.getAll(key)) metadata.append(key, value as never);
    }
  }
  // It leads out of this process as an edge does.
  writeHops(metadata, context instanceof Activation ? context.run : noHops, context.node.service);
  return metadata;
}

/** Metadata as a payload has it: lists of text or bytes by key. What is for the protocol alone is left out. */
export function metadataValue(metadata: ReadonlyMetadata): Record<string, unknown> {
  const keys = [...new Set(metadata.keys())].filter((key) => !/^(?:grpc|flowrpc)-/.test(key));
  return Object.fromEntries(keys.map((key) => [key, [...metadata.getAll(key)]]));
}

function ownMetadata(own: MetadataInit | undefined): Metadata {
  try {
    return new Metadata(own);
  } catch (error) {
    throw new StatusError(Code.INVALID_ARGUMENT, (error as Error).message);
  }
}
