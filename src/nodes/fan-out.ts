import { isPromise } from '../core/requests.ts';
import type { Slotted } from '../core/slot-list.ts';
import { mergeReplies } from './merge-replies.ts';
import type { Edge, Node } from './node.ts';
import type { Process } from './process.ts';
import { none, type Reply } from './reply.ts';

const pending = Symbol('pending');

/** The replies of several targets that a packet went to, until all of them are in. */
export class FanOut implements Slotted {
  slot = -1;
  /** Resolves with the merged reply. */
  readonly reply: Promise<Reply>;
  readonly #edges: readonly Edge[];
  readonly #replies: unknown[];
  readonly #process: Process;
  #left = 0;
  #resolve!: (reply: Reply) => void;

  constructor(process: Process, edges: readonly Edge[], replies: readonly (Reply | Promise<Reply>)[]) {
    this.#process = process;
    this.#edges = edges;
    this.#replies = replies.map((reply) => (isPromise(reply) ? pending : reply));
    this.reply = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      for (const [index, reply] of replies.entries()) {
        if (!isPromise(reply)) continue;
        this.#left += 1;
        reply.then((value) => this.#settle(index, value), reject);
      }
    });
    process.waits.fanOuts.add(this);
  }

  /** Nobody waits any more for what targets of these nodes would answer. */
  drop(gone: ReadonlySet<Node>): void {
    for (const [index, { target }] of this.#edges.entries())
      if (target !== undefined && 'node' in target && gone.has(target.node)) this.#settle(index, none);
  }

  #settle(index: number, reply: Reply): void {
    if (this.#replies[index] !== pending) return;
    this.#replies[index] = reply;
    this.#left -= 1;
    if (this.#left > 0) return;
    this.#process.waits.fanOuts.delete(this);
    this.#resolve(mergeReplies(this.#replies));
  }
}
