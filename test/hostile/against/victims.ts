import { Neighbour } from './neighbour-process.ts';
import type { Bars, Judged } from './oracle.ts';
import { judge } from './oracle.ts';
import type { Row } from './row.ts';
import type { VictimState } from './victim.ts';
import { type Side, Victim } from './victim-process.ts';

/** Victims of one side, a new one whenever the last has died, and their neighbour. */
export class Victims implements AsyncDisposable {
  readonly #side: Side;
  readonly #bars: Bars;
  readonly #environment: () => Promise<Record<string, string>>;
  #neighbour: Neighbour | undefined;
  #last: Victim | undefined;
  #state: VictimState | undefined;

  constructor(side: Side, bars: Bars, environment: () => Promise<Record<string, string>>) {
    this.#side = side;
    this.#bars = bars;
    this.#environment = environment;
  }

  async judge(row: Row): Promise<Judged> {
    this.#neighbour ??= await Neighbour.start();
    if (this.#last?.alive !== true) {
      this.#last = await Victim.start(this.#side, await this.#environment());
      // Warm first: what is compiled and allocated once is no fault of an attack.
      await this.#neighbour.calls(this.#last.port, { least: 300, everyMs: this.#bars.everyMs });
      this.#state = await this.#last.collected();
    }
    const judged = await judge(row, this.#last, this.#neighbour, this.#state, this.#bars);
    this.#state = judged.state;
    return judged;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last?.[Symbol.asyncDispose]();
    await this.#neighbour?.[Symbol.asyncDispose]();
  }
}
