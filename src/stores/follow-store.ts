import { setTimeout as delay } from 'node:timers/promises';
import { Code } from '../core/code.ts';
import { StatusError } from '../core/status-error.ts';
import type { Document, Filter, Store, StoreEvent, StoreList } from './store.ts';
import { wentBack } from './store-error.ts';

export interface FollowOptions {
  readonly store: Store;
  readonly filter: Filter;
  /** Begin after this revision. */
  readonly fromRevision: number;
  readonly signal: AbortSignal;
  /** The next one is told when this is done. */
  changed(event: StoreEvent): void | Promise<void>;
  /** Changes were missed, some of them after `since`: this is how it is now. */
  listed(list: StoreList, since: number): void | Promise<void>;
  /** It cannot be followed now, or (undefined) can again. */
  trouble(error: Error | undefined): void;
}

const firstPauseMs = 50;
const longestPauseMs = 30_000;

/** Tells of every change of a store until the signal aborts or the store closes, whatever happens in between. Never rejects. */
export async function followStore(options: FollowOptions): Promise<void> {
  const { store, filter, signal, changed, trouble } = options;
  let from = options.fromRevision;
  let failures = 0;
  let missed = false;
  let troubled = false;
  while (!signal.aborted) {
    const startedAt = performance.now();
    try {
      // After a failure nobody knows what was.
      if (missed) {
        from = await listAgain(options, from);
        missed = false;
        if (troubled) trouble(undefined);
        troubled = false;
      }
      for await (const event of store.watch({ filter, fromRevision: from, signal })) {
        if (event.revision < from) throw wentBack(from, event.revision);
        from = event.revision;
        failures = 0;
        await changed(event);
      }
      return;
    } catch (thrown) {
      if (signal.aborted) return;
      missed = true;
      // It was well for a while.
      if (performance.now() - startedAt > longestPauseMs) failures = 0;
      failures += 1;
      if (failures === 1 && isCompacted(thrown)) continue;
      troubled = true;
      trouble(thrown instanceof Error ? thrown : new Error(String(thrown)));
      // Not all at once when a store that many follow comes back.
      const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** failures) * (0.5 + Math.random() / 2);
      await delay(pauseMs, undefined, { signal, ref: false }).catch(() => {});
    }
  }
}

async function listAgain({ store, filter, listed }: FollowOptions, since: number): Promise<number> {
  const list: StoreList<Document> = await store.list(filter);
  if (list.revision < since) throw wentBack(since, list.revision);
  await listed(list, since);
  return list.revision;
}

function isCompacted(error: unknown): boolean {
  return error instanceof StatusError && error.code === Code.OUT_OF_RANGE;
}
