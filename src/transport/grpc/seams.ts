import { ChannelCredentials, type ChannelInterface, Metadata } from '@grpc/grpc-js';
import { notesPeers } from './peer-status.ts';

/** What grpc-js does not promise to keep, and we use: what is lost without it. */
const seams: Readonly<Record<string, { lost: string; there(channel: Internals): boolean }>> = {
  'Metadata.fromHttp2Headers': {
    lost: 'the answer of a server is taken for a failure on the way',
    there: () => notesPeers,
  },
  'Metadata.internalRepr': {
    lost: 'metadata is copied',
    there: () => (new Metadata() as unknown as { internalRepr?: unknown }).internalRepr instanceof Map,
  },
  'ChannelCredentials._createSecureConnector': {
    lost: 'there is no TLS and no connect timeout',
    there: () => typeof ChannelCredentials.createInsecure()._createSecureConnector === 'function',
  },
  'Channel.createRetryingCall': {
    lost: 'servers cannot stop retries by service config',
    there: ({ internalChannel }) => typeof internalChannel?.createRetryingCall === 'function',
  },
  'Call.underlyingCalls': {
    lost: 'a response that was cut short passes for a whole one, and unsent calls are not repeated',
    there: ({ internalChannel }) => Array.isArray(internalChannel?.createRetryingCall?.(...idle).underlyingCalls),
  },
  'Call.filterStackFactory': {
    lost: 'calls cannot be compressed',
    there: ({ internalChannel }) => Array.isArray(internalChannel?.filterStackFactory?.factories),
  },
  'Channel.addWrappedSubchannel': {
    lost: 'connection attempts are neither told nor limited',
    there: ({ internalChannel }) => typeof internalChannel?.addWrappedSubchannel === 'function',
  },
};

interface Internals {
  readonly internalChannel?: {
    createRetryingCall?(...given: readonly unknown[]): { underlyingCalls?: unknown };
    addWrappedSubchannel?: unknown;
    readonly filterStackFactory?: { factories?: unknown };
  };
}

/** A call that is made and never started: configuration, path, host, credentials, deadline, number. */
const idle = [{ methodConfig: {} }, '/', '', undefined, Number.POSITIVE_INFINITY, 0];

/** The seams that a channel of grpc-js does not have, by name, and what is lost with each. Never throws. */
export function missingSeams(channel: object): Map<string, string> {
  const missing = new Map<string, string>();
  for (const [name, { lost, there }] of Object.entries(seams)) {
    try {
      if (there(channel as Internals)) continue;
    } catch {
      // A seam that is there and works in another way is of no use either.
    }
    missing.set(name, lost);
  }
  return missing;
}

let checked = false;

/** Looks once, at the first channel, and warns of each seam that is gone: what stands on it works less well from then on. */
export function checkSeams(channel: ChannelInterface): void {
  if (checked) return;
  checked = true;
  for (const [name, lost] of missingSeams(channel)) {
    process.emitWarning(`This version of @grpc/grpc-js has no ${name}: ${lost}`, {
      type: 'FlowrpcWarning',
      code: 'FLOWRPC_SEAM',
    });
  }
}
