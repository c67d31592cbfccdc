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
    there: ({ internalChannel }) => Array.isArray(internalChannel?.createRetryingCall?.(...idleCall).underlyingCalls),
  },
  'Call.handleChildStatus': {
    lost: 'calls fail where several servers go away at about the same time',
    there: ({ internalChannel }) =>
      typeof internalChannel?.createRetryingCall?.(...idleCall).handleChildStatus === 'function',
  },
  'Call.bufferTracker': {
    lost: 'long requests are not sent again where a server left them undone',
    there: ({ internalChannel }) => {
      const { bufferTracker, reportStatus } = internalChannel?.createRetryingCall?.(...idleCall) ?? {};
      return typeof bufferTracker?.allocate === 'function' && typeof reportStatus === 'function';
    },
  },
  'Call.filterStackFactory': {
    lost: 'calls cannot be compressed',
    there: ({ internalChannel }) => Array.isArray(internalChannel?.filterStackFactory?.factories),
  },
  'Channel.addWrappedSubchannel': {
    lost: 'connection attempts are neither told nor limited',
    there: ({ internalChannel }) => typeof internalChannel?.addWrappedSubchannel === 'function',
  },
  'Channel.subchannelPool': {
    lost: 'each target that was ever connected to stays in memory',
    there: ({ internalChannel: { subchannelPool } = {} }) =>
      typeof subchannelPool?.unrefUnusedSubchannels === 'function' && typeof subchannelPool.pool === 'object',
  },
};

/** The same for calls on a connection: seen with the first that is made. */
const wireSeams: Readonly<Record<string, { lost: string; there(call: WireInternals): boolean }>> = {
  'Transport.activeCalls': {
    lost: 'calls that wait for a stream hang where their server goes away',
    there: ({ transport }) => transport?.activeCalls instanceof Set,
  },
  'Transport.reportDisconnectToOwner': {
    lost: 'servers end connections on which many calls were cancelled, and the others with them',
    there: ({ transport }) => typeof transport?.reportDisconnectToOwner === 'function',
  },
};

interface Internals {
  readonly internalChannel?: {
    createRetryingCall?(...given: readonly unknown[]): {
      underlyingCalls?: unknown;
      handleChildStatus?: unknown;
      reportStatus?: unknown;
      bufferTracker?: { allocate?: unknown };
    };
    addWrappedSubchannel?: unknown;
    readonly subchannelPool?: { unrefUnusedSubchannels?: unknown; pool?: unknown };
    readonly filterStackFactory?: { factories?: unknown };
  };
}

interface WireInternals {
  readonly transport?: { activeCalls?: unknown; reportDisconnectToOwner?: unknown };
}

/** A call that is made and never started: configuration, path, host, credentials, deadline, number. */
export const idleCall = [{ methodConfig: {} }, '/', '', undefined, Number.POSITIVE_INFINITY, 0];

/** The seams that a channel of grpc-js does not have, by name, and what is lost with each. Never throws. */
export function missingSeams(channel: object): Map<string, string> {
  return missingOf(seams, channel as Internals);
}

/** The same for a call on a connection. */
export function missingWireSeams(call: object): Map<string, string> {
  return missingOf(wireSeams, call as WireInternals);
}

function missingOf<T>(
  table: Readonly<Record<string, { lost: string; there(of: T): boolean }>>,
  of: T,
): Map<string, string> {
  const missing = new Map<string, string>();
  for (const [name, { lost, there }] of Object.entries(table)) {
    try {
      if (there(of)) continue;
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
  warnOf(missingSeams(channel));
}

/** The same at the first call on a connection. */
export function checkWireSeams(call: object): void {
  warnOf(missingWireSeams(call));
}

function warnOf(missing: ReadonlyMap<string, string>): void {
  for (const [name, lost] of missing) {
    process.emitWarning(`This version of @grpc/grpc-js has no ${name}: ${lost}`, {
      type: 'FlowrpcWarning',
      code: 'FLOWRPC_SEAM',
    });
  }
}
