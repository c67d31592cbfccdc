import type { ChannelInterface } from '@grpc/grpc-js';

interface Pool {
  /** Connections by the target of their channel. */
  readonly pool?: Record<string, readonly unknown[]>;
  /** Lets go of connections that no channel uses; called every now and then. */
  unrefUnusedSubchannels?(): void;
}

const mended = new WeakSet<object>();

/**
 * Forgets targets that no channel uses any more. Symptom: each target that was ever connected to stays in memory. Cause: grpc-js empties the list of
 * a target's connections, and keeps it. May go when its pool of subchannels deletes keys with empty lists.
 */
export function forgetTargets(channel: ChannelInterface): void {
  const pool = (channel as { readonly internalChannel?: { readonly subchannelPool?: Pool } }).internalChannel
    ?.subchannelPool;
  const sweep = pool?.unrefUnusedSubchannels;
  if (pool === undefined || sweep === undefined || mended.has(pool)) return;
  mended.add(pool);
  pool.unrefUnusedSubchannels = () => {
    sweep.call(pool);
    const { pool: byTarget = {} } = pool;
    for (const [target, connections] of Object.entries(byTarget)) if (connections.length === 0) delete byTarget[target];
  };
}
