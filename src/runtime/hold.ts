import type { Activation } from '../nodes/activation.ts';
import type { Frame } from './frame.ts';

/** Why a packet that was held goes on. */
export type ReleaseReason = 'continued' | 'stepped' | 'removed' | 'cancelled' | 'ended' | 'closed';

/** A packet that is held. The clock of its run stands meanwhile. */
export interface Hold {
  /** Counts up from 1. */
  readonly id: number;
  readonly reason: 'breakpoint' | 'step' | 'pause';
  /** The one that holds it, when one does. */
  readonly breakpoint?: number;
  /** The packet, where it is; its id is 0. */
  readonly frame: Frame;
  /** Since when, epoch milliseconds. */
  readonly since: number;
}

/** One packet on hold: the clock of its run stands from `begin` to `release`. */
export class HeldPacket {
  readonly hold: Hold;
  readonly at: Activation;
  /** Resolves when the packet may go on. */
  readonly released: Promise<void>;
  #resolve!: () => void;
  #resume: (() => void) | undefined;
  readonly #onCancel: () => void;

  constructor(hold: Hold, at: Activation, onCancel: () => void) {
    this.hold = hold;
    this.at = at;
    this.released = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#onCancel = onCancel;
  }

  /** `onCancel` may be called at once. */
  begin(): void {
    const { owner, call } = this.at;
    // The root of the run's call: what interceptors and edges derived from it goes by its clock.
    this.#resume = owner.call.exchange.init.cancellation.suspend();
    call.cancellation.on(this.#onCancel);
  }

  release(): void {
    this.at.call.cancellation.off(this.#onCancel);
    this.#resume?.();
    this.#resolve();
  }
}
