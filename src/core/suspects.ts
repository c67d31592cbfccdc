import { maxTimerMs } from './deadline.ts';
import { offAbort, onAbort } from './shared-signal.ts';
import { WaitingLine } from './waiting-line.ts';

/** A connection may be lost so often under one call or packet: then it is sent no more, for it may be what servers die of. */
export const maxLosses = 2;

/** So many go one by one, for so long in all: whoever has more, or slower ones, cannot wait for each. */
const alone = 32;
const aloneMs = 5_000;
/** One that outlives the moment of its loss by so much is no longer waited for; longer while nobody knows whether a server is back. */
const patienceMs = 250;
const firstPatienceMs = 5_000;

/** How the next try went: its connection was lost again, it reached no server, or neither. */
export type SuspectEnd = 'lost' | 'unseen' | 'through';

/** One that is sent again. */
export interface Suspect {
  /** Says that it is over. */
  end(how: SuspectEnd): void;
}

/**
 * Lets those calls to one server that lost their connection go again. One of them may be what the server died of, and would take the
 * others with it: so they go one by one, the one that was sent last first, and then twice as many for each that comes through.
 */
export class Suspects {
  #width = 1;
  #out = 0;
  #through = 0;
  #throughMs = 0;
  readonly #waiting = new WaitingLine();

  /**
   * Resolves when it is this one's turn, or when the signal aborts.
   * @param lostAfterMs how long it was out when its connection was lost: once it was out longer, the next one goes; `Infinity`: only
   *   after its end
   */
  async turn(lostAfterMs: number, signal: AbortSignal): Promise<Suspect> {
    if (this.#out < this.#width) this.#out += 1;
    else await this.#next(lostAfterMs, signal);
    const startedAt = performance.now();
    let out = true;
    const leave = (): void => {
      if (out) this.#out -= 1;
      out = false;
      this.#release();
    };
    const ms = lostAfterMs + (this.#through === 0 ? firstPatienceMs : patienceMs);
    const timer = ms < maxTimerMs ? setTimeout(leave, ms).unref() : undefined;
    return {
      end: (how) => {
        clearTimeout(timer);
        if (how === 'lost') this.#startAgain();
        else if (how === 'through') this.#cameThrough(performance.now() - startedAt);
        leave();
      },
    };
  }

  #cameThrough(ms: number): void {
    this.#through += 1;
    this.#throughMs += ms;
    if (this.#through >= alone || this.#throughMs >= aloneMs) this.#width *= 2;
  }

  #startAgain(): void {
    this.#width = 1;
    this.#through = 0;
    this.#throughMs = 0;
  }

  #next(lostAfterMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const go = (): void => {
        this.#waiting.delete(waiting);
        offAbort(signal, go);
        this.#out += 1;
        resolve();
      };
      const waiting = { lostAfterMs, go };
      if (signal.aborted) return go();
      this.#waiting.add(waiting);
      onAbort(signal, go);
    });
  }

  #release(): void {
    while (this.#out < this.#width && this.#waiting.size > 0) this.#waiting.first?.go();
    // Nobody is left: the next loss is another story.
    if (this.#out === 0) this.#startAgain();
  }
}
