import type { NodeInstance } from './node-context.ts';

/** Ends what a node holds. */
export type CloseHook = () => void | Promise<void>;

const hooks = new WeakMap<NodeInstance, readonly CloseHook[]>();

/** Has hooks run once an instance was closed, last added first. */
export function closeWith(instance: NodeInstance, more: readonly CloseHook[]): void {
  if (more.length > 0) hooks.set(instance, [...(hooks.get(instance) ?? []), ...more]);
}

/** Closes an instance, and what belongs to it even when that fails. Undefined when there is nothing to wait for. */
export function closeInstance(instance: NodeInstance): void | Promise<void> {
  const own = hooks.get(instance);
  if (own === undefined) return instance.close?.();
  hooks.delete(instance);
  return closeAll([...own, () => instance.close?.()]);
}

/** Runs all hooks, last added first. Rejects with what the first one threw that failed. */
export async function closeAll(all: readonly CloseHook[]): Promise<void> {
  const failures: unknown[] = [];
  for (const hook of [...all].reverse()) {
    try {
      await hook();
    } catch (thrown) {
      failures.push(thrown);
    }
  }
  if (failures.length > 0) throw failures[0];
}
