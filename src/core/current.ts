import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import type { Context } from './context.ts';

type Store = Context | undefined;
const slot = Symbol.for('flowrpc.context');
const globals = globalThis as { [slot]?: AsyncLocalStorage<Store> };
// One store for the process: two copies of this package still see each other's calls.
const storage = (globals[slot] ??= new AsyncLocalStorage<Store>());

/** The server call that the running code belongs to; undefined outside of any, or inside `detached`. */
export function current(): Context | undefined {
  return storage.getStore();
}

/** Runs a function, and all it awaits, as part of a call. */
export function runIn<R>(context: Context, run: () => R): R {
  return storage.run(context, run);
}

/** Runs a function outside of any call: calls made in it have no parent, so no deadline, cancellation or trace of one. */
export function detached<R>(run: () => R): R {
  return storage.getStore() === undefined ? run() : storage.run(undefined, run);
}

/** Captures the async context of here and now, this store and everybody else's, to run callbacks in it later. */
export function snapshot(): <R>(run: () => R) => R {
  // AsyncLocalStorage.snapshot() does the same, and costs a hundred times as much before Node 22.
  const resource = new AsyncResource('flowrpc', { requireManualDestroy: true });
  return (run) => resource.runInAsyncScope(run);
}
