import type { Slotted } from '../core/slot-list.ts';
import type { Edge } from './node.ts';
import type { Reply } from './reply.ts';
import type { Window } from './window.ts';

/** A packet that a handler has sent and waits for. */
export class Unanswered implements Slotted {
  slot = -1;
  /** The handler's, where its packets have a window of their own. */
  readonly handler: object;
  /** Those of the out-port. */
  readonly edges: readonly Edge[];
  readonly bytes: number;
  /** The window that it is counted in: none as long as no handler has more than one packet unanswered. */
  window: Window | undefined;
  resolve: (reply: Reply) => void = () => {};

  constructor(handler: object, edges: readonly Edge[], bytes: number, window: Window | undefined) {
    this.handler = handler;
    this.edges = edges;
    this.bytes = bytes;
    this.window = window;
  }
}
