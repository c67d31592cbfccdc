import { type Done, type Replica, Unavailable, type Work } from './peer.ts';

type Context = { readonly signal: AbortSignal };

/** Handlers for libraries that take promises and generators; `unavailable` makes what they answer UNAVAILABLE to. */
export function replicaHandlers(replica: Replica, unavailable: (message: string) => Error) {
  const told = (thrown: unknown): never => {
    throw thrown instanceof Unavailable ? unavailable(thrown.message) : thrown;
  };
  return {
    get: (work: Work) => replica.get(work).catch(told),
    put: (work: Work) => replica.put(work).catch(told),
    async *list(work: Work, { signal }: Context): AsyncGenerator<Done> {
      try {
        for await (const done of replica.list(work)) {
          if (signal.aborted) return;
          yield done;
        }
      } catch (thrown) {
        told(thrown);
      }
    },
  };
}
