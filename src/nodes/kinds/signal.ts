import { oneOf } from '../field-checks.ts';
import { defineKind } from '../kind.ts';
import type { NodeInstance, SourceContext } from '../node-context.ts';
import { storesFor } from '../node-stores.ts';
import { fieldsOf } from '../schema.ts';
import { ChangeFeed } from '../syscall/change-feed.ts';
import { type ResourceName, resourceNames, resourceOf } from '../syscall/resource.ts';

/** Starts a process for each change of the runtime's specs, charts or values, in the order in which they come. */
export const signalKind = defineKind({
  kind: 'signal',
  spec: fieldsOf({ topic: oneOf(resourceNames) }),
  fields: ['topic'],
  inputs: [],
  setup: ({ topic }, { stores, node: { kind, namespace } }) =>
    new SignalNode(topic, new ChangeFeed(resourceOf(topic, storesFor(kind, stores)), namespace)),
});

class SignalNode implements NodeInstance {
  readonly #topic: ResourceName;
  #feed: ChangeFeed;

  constructor(topic: ResourceName, feed: ChangeFeed) {
    this.#topic = topic;
    this.#feed = feed;
  }

  /** No change is lost, or told twice, when another instance takes this one's place. */
  handover(old: NodeInstance): void {
    if (old instanceof SignalNode && old.#topic === this.#topic) this.#feed = old.#feed;
  }

  start({ signal, log, emit, ready }: SourceContext): Promise<void> {
    return this.#feed.run({ signal, log }, async (event) => {
      await ready();
      if (signal.aborted) return false;
      emit(event).then(
        (reply) => {
          if (reply instanceof Error) log.warn('a change was not handled', { id: event.id, error: reply });
        },
        (error: unknown) => log.error('a change was not told', { id: event.id, error }),
      );
      return true;
    });
  }
}
