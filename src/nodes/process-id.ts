import { key } from '../core/key.ts';
import { timeOrderedId } from '../core/time-ordered-id.ts';

/** Which process of a graph a call is part of. */
export interface ProcessIdentity {
  /** A time-ordered UUID, made when first asked for. */
  readonly id: string;
  /** Id of the process it was forked from. */
  readonly parent: string | undefined;
}

class LazyIdentity implements ProcessIdentity {
  readonly #parent: ProcessIdentity | undefined;
  #id: string | undefined;

  constructor(parent?: ProcessIdentity) {
    this.#parent = parent;
  }

  get id(): string {
    return (this.#id ??= timeOrderedId());
  }

  get parent(): string | undefined {
    return this.#parent?.id;
  }
}

/**
 * The process that a call to a node runs, or that an edge is taken in: one for everything that one entering packet, or one stream of
 * them, causes here; and what trusted peers say their calls belong to. Says nothing for calls that have to do with no node.
 */
export const processKey = key<ProcessIdentity>('process', { perCall: () => new LazyIdentity() });

/** Set for calls of trusted peers that said which process they belong to. */
export const carriedProcessKey = key<ProcessIdentity>('carried process');

/** How many streams lead from where the process began to the call; unset where it begins. */
export const depthKey = key<number>('process depth');

/** The identity of a process that another one forks. */
export function forkedIdentity(parent: ProcessIdentity): ProcessIdentity {
  return new LazyIdentity(parent);
}
