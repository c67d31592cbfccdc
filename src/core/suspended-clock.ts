import type { Cancellation } from './cancellation.ts';

/** The clock that a deadline and those derived from it go by, once somebody held it. */
export class SuspendedClock {
  /** Milliseconds that it stood in all, until it went on last. */
  moved = 0;
  /** Those whose time would be over: they look again once it goes on. */
  readonly waiting = new Set<Cancellation>();
  #heldSince = 0;
  #holds = 0;

  get held(): boolean {
    return this.#holds > 0;
  }

  /**
   * Stops it until the function is called that comes back. Held several times, it goes on when the last one lets go, whose
   * `goesOn` is told who waited.
   */
  hold(goesOn: (waiting: readonly Cancellation[]) => void): () => void {
    if (this.#holds++ === 0) this.#heldSince = Date.now();
    let mine = true;
    return () => {
      if (!mine) return;
      mine = false;
      if (--this.#holds > 0) return;
      this.moved += Date.now() - this.#heldSince;
      const waiting = [...this.waiting];
      this.waiting.clear();
      goesOn(waiting);
    };
  }
}
