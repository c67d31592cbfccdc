/** Takes turns, one after the other, until it is stopped. */
export class Loop {
  readonly #ended: Promise<void>;
  #stopped = false;

  /** A turn is told its number, from 0; it must not reject. */
  constructor(turn: (n: number) => Promise<void>) {
    this.#ended = this.#run(turn);
  }

  /** Resolves when the turn under way is over. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#ended;
  }

  async #run(turn: (n: number) => Promise<void>): Promise<void> {
    for (let n = 0; !this.#stopped; n++) await turn(n);
  }
}
