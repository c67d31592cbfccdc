import { turn } from '../nodes/turn.ts';

/** Work in steps: between any two of them something else may be done. */
export type Steps<T> = Generator<undefined, T, undefined>;

/** How long the event loop is kept from everything else at a time. */
const sliceMs = 5;
/** The clock is looked at each so many steps. */
const stepsPerLook = 16;

/** Does all steps at once. */
export function allSteps<T>(steps: Steps<T>): T {
  let step = steps.next();
  while (!step.done) step = steps.next();
  return step.value;
}

/** Does steps, and gives the event loop a turn whenever they have kept it for 5 ms. */
export class Turns {
  #until = performance.now() + sliceMs;

  async take<T>(steps: Steps<T>): Promise<T> {
    let step = steps.next();
    for (let count = 1; !step.done; count++) {
      if (count % stepsPerLook === 0 && this.over) await this.next();
      step = steps.next();
    }
    return step.value;
  }

  /** Whether it is time for a turn of the event loop. */
  get over(): boolean {
    return performance.now() >= this.#until;
  }

  async next(): Promise<void> {
    await turn();
    this.#until = performance.now() + sliceMs;
  }
}
