import type { Activation } from '../nodes/activation.ts';
import type { Packet } from '../nodes/packet.ts';
import type { Process } from '../nodes/process.ts';
import { openFrame } from './frame.ts';
import type { PayloadBounds } from './frame-payload.ts';
import { HeldPacket, type Hold, type ReleaseReason } from './hold.ts';

/** A packet that arrives, or leaves by `outPort`. */
export interface PacketPlace {
  readonly at: Activation;
  readonly packet: Packet;
  readonly outPort?: string;
}

export interface HeldPacketsOptions {
  readonly max: number;
  readonly bounds: PayloadBounds;
  readonly onHeld: (hold: Hold) => void;
  readonly onReleased: (hold: number, reason: ReleaseReason) => void;
}

/** The packets that one debugger holds. */
export class HeldPackets {
  readonly #options: HeldPacketsOptions;
  readonly #all = new Map<number, HeldPacket>();
  #made = 0;
  #missed = 0;

  constructor(options: HeldPacketsOptions) {
    this.#options = options;
  }

  /** Packets that passed since too many were held. */
  get missed(): number {
    return this.#missed;
  }

  /** Longest first. */
  get holds(): readonly Hold[] {
    return [...this.#all.values()].map(({ hold }) => hold);
  }

  /** Longest held first when no id is given. */
  get(id?: number): HeldPacket | undefined {
    return id === undefined ? this.#all.values().next().value : this.#all.get(id);
  }

  /** Holds a packet until the promise resolves; undefined when too many are held already. */
  hold(place: PacketPlace, why: Pick<Hold, 'reason' | 'breakpoint'>): Promise<void> | undefined {
    const { max, bounds, onHeld } = this.#options;
    if (this.#all.size >= max) {
      this.#missed += 1;
      return undefined;
    }
    const frame = openFrame(0, place, bounds);
    const hold: Hold = { id: ++this.#made, ...why, frame, since: frame.at };
    const held = new HeldPacket(hold, place.at, () => this.release(hold.id, 'cancelled'));
    this.#all.set(hold.id, held);
    onHeld(hold);
    held.begin();
    return held.released;
  }

  /** False when it is not held. */
  release(id: number, reason: ReleaseReason): boolean {
    const held = this.#all.get(id);
    if (held === undefined) return false;
    this.#all.delete(id);
    held.release();
    this.#options.onReleased(id, reason);
    return true;
  }

  /** Lets go all that were held by one of these breakpoints. */
  releaseOf(breakpoints: readonly number[]): void {
    for (const { id, breakpoint } of this.holds)
      if (breakpoint !== undefined && breakpoints.includes(breakpoint)) this.release(id, 'removed');
  }

  /** The process has ended: a packet that nobody waits for may be held still. */
  releaseIn(process: Process): void {
    if (this.#all.size === 0) return;
    for (const { hold, at } of [...this.#all.values()]) if (at.owner === process) this.release(hold.id, 'ended');
  }
}
