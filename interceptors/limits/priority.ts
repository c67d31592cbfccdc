import type { Context } from 'flowrpc';

/** How much a call matters, least first. Under load `low` is given up first; `critical` last. */
export const priorities = ['low', 'normal', 'high', 'critical'] as const;
export type Priority = (typeof priorities)[number];

/** The metadata key that carries it. Put it on `forward` lists, so that what a call causes matters as much as the call. */
export const priorityKey = 'x-priority';

/** What the caller says of its call in `x-priority`; undefined when it says nothing that we know. */
export function priorityOf({ metadata }: Context): Priority | undefined {
  const value = metadata.get(priorityKey);
  return value === undefined ? undefined : priorities.find((priority) => priority === value);
}
