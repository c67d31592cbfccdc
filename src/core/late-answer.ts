import type { Exchange } from './exchange.ts';
import { key } from './key.ts';
import type { Metadata } from './metadata.ts';

/** What a handler gave when its call was over already, so that nobody got it. */
export interface LateAnswer {
  /** All that it put into its header. */
  readonly header: Metadata;
  readonly message: unknown;
  readonly trailer: Metadata;
}

/**
 * Servers: answers a call that has one response in place of its handler, which is not run. Asked when the handler would begin, so that
 * interceptors further in see request, answer and end as if it had run.
 */
export const answerKey = key<() => LateAnswer>('answer');

/** Keeps a call unsettled until `ended`, which never rejects: what the latest handler gave that answered is what it settles with. */
export function outlive(exchange: Exchange, ended: Promise<LateAnswer | undefined>): void {
  const before = exchange.unsettled;
  exchange.unsettled =
    before === undefined ? ended : Promise.all([before, ended]).then(([earlier, latest]) => latest ?? earlier);
}
