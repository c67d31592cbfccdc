import type { Store } from 'flowrpc/stores';

/** A store with some of its methods replaced. */
export function instead(store: Store, methods: Partial<Store>): Store {
  return new Proxy(store, {
    get(target, name) {
      const own = (methods as Record<string | symbol, unknown>)[name];
      if (own !== undefined) return own;
      const member = Reflect.get(target, name, target) as unknown;
      return typeof member === 'function' ? (member as () => unknown).bind(target) : member;
    },
  });
}
