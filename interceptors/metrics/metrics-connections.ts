import type { Registry } from './prometheus-registry.ts';
import type { Counter, Gauge } from './prometheus-series.ts';

/** Whose connections are counted: a server, or whatever counts its own like one. */
export interface ConnectionSource {
  readonly sessions: {
    /** Open now. */
    readonly active: number;
    /** All that were let in so far. */
    readonly accepted: number;
    /** All that a limit kept out so far. */
    readonly rejected: number;
    /** All that broke, failed TLS handshakes included. */
    readonly failed?: number;
  };
}

interface Watch {
  readonly active: Gauge;
  readonly accepted: Counter;
  readonly rejected: Counter;
  readonly failed: Counter;
  /** With what ends the watch of each. */
  readonly sources: Map<ConnectionSource, () => void>;
}

const watches = new WeakMap<Registry, Watch>();

/**
 * Shows a server's connections as `network_connections_active`, `…_total`, `…_rejected_total` and `…_failed_total`; those of several servers
 * add up. Gives back what ends that: what was counted stays, what is open counts no more.
 */
export function watchConnections(registry: Registry, source: ConnectionSource): () => void {
  if (typeof source?.sessions?.active !== 'number')
    throw new TypeError('Cannot watch connections: wanted a server, or an object with sessions that it counts');
  const { sources, ...series } = watchOf(registry);
  const known = sources.get(source);
  if (known !== undefined) return known;
  const seen = { accepted: 0, rejected: 0, failed: 0 };
  const update = (): void => {
    const { accepted, rejected, failed = 0 } = source.sessions;
    series.accepted.add(accepted - seen.accepted);
    series.rejected.add(rejected - seen.rejected);
    series.failed.add(failed - seen.failed);
    Object.assign(seen, { accepted, rejected, failed });
  };
  const stop = registry.beforeExport(update);
  const end = (): void => {
    if (!sources.delete(source)) return;
    update();
    stop();
  };
  sources.set(source, end);
  return end;
}

function watchOf(registry: Registry): Watch {
  const known = watches.get(registry);
  if (known !== undefined) return known;
  const watch: Watch = {
    active: registry.gauge('network_connections_active', { help: 'Connections that are open' }).labels(),
    accepted: registry.counter('network_connections_total', { help: 'Connections let in so far' }).labels(),
    rejected: registry
      .counter('network_connections_rejected_total', { help: 'Connections refused by a limit' })
      .labels(),
    failed: registry.counter('network_connections_failed_total', { help: 'Connections that broke' }).labels(),
    sources: new Map(),
  };
  registry.beforeExport(() => {
    let active = 0;
    for (const { sessions } of watch.sources.keys()) active += sessions.active;
    watch.active.set(active);
  });
  watches.set(registry, watch);
  return watch;
}
