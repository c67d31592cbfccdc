import type { Activation } from '../nodes/activation.ts';

/** Keeps what a handler sends by one port in order while some of it is held. */
export class SendOrder {
  readonly #tails = new WeakMap<Activation, Map<string, Promise<void>>>();
  #held = 0;

  /** What is held last at an out-port; undefined when nothing is. */
  before(at: Activation, port: string): Promise<void> | undefined {
    return this.#held === 0 ? undefined : this.#tails.get(at)?.get(port);
  }

  /** What comes next at that port waits for this. */
  follow(at: Activation, port: string, held: Promise<void>): void {
    let tails = this.#tails.get(at);
    if (tails === undefined) this.#tails.set(at, (tails = new Map()));
    this.#held += 1;
    const last = held.then(() => {
      this.#held -= 1;
      if (tails.get(port) === last) tails.delete(port);
    });
    tails.set(port, last);
  }
}
