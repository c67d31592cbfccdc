import type { Store } from '../stores/index.ts';

/** What a runtime is made of, for nodes that read and change it. */
export interface NodeStores {
  readonly specs: Store;
  readonly values: Store;
}

/** The stores, or an Error that says why a node of this kind cannot be without them. */
export function storesFor(kind: string, stores: NodeStores | undefined): NodeStores {
  if (stores !== undefined) return stores;
  throw new Error(`kind "${kind}" needs the stores of a runtime: run it with createRuntime, or with flowrpc serve`);
}
