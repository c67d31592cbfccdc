import type { Dice } from '../wire/dice.ts';
import type { Guard } from './coverage.ts';

const maxInputs = 2_000;
/** Late inputs are the interesting ones: a third of what is tried comes of so many. */
const lateInputs = 32;
const lateShare = 1 / 3;
const drawn = 2;
/** What reached more than so many blocks for the first time counts no more. */
const muchFresh = 4;

export interface Entry {
  readonly input: Buffer;
  /** Blocks that it was the first to reach. */
  readonly fresh: number;
  /** What stands in front of those that it came close to. */
  readonly guards: readonly Guard[];
  readonly ms: number;
  tried: number;
}

/** Inputs that each reach something which no other does. Quick, short and seldom tried ones come first, and those that reached much. */
export class Pool {
  readonly #entries: Entry[] = [];

  get size(): number {
    return this.#entries.length;
  }

  get full(): boolean {
    return this.#entries.length >= maxInputs;
  }

  add(input: Buffer, { fresh = muchFresh, guards = [], ms = 1 }: Partial<Omit<Entry, 'input' | 'tried'>> = {}): void {
    this.#entries.push({ input, fresh, guards, ms, tried: 0 });
  }

  /** The best of a few. */
  pick(dice: Dice): Entry {
    const late = this.#entries.length > lateInputs && dice.chance(lateShare);
    const first = late ? this.#entries.length - lateInputs : 0;
    let best = this.#entries[first]!;
    for (let draw = 0; draw < drawn; draw++) {
      const entry = this.#entries[first + dice.below(this.#entries.length - first)]!;
      if (draw === 0 || costOf(entry) < costOf(best)) best = entry;
    }
    best.tried += 1;
    return best;
  }

  /** Any, to take a piece of. */
  other(dice: Dice): Buffer {
    return dice.pick(this.#entries).input;
  }
}

/** In counts alone but for the time, which only tells slow from quick: the same dice shall give the same inputs. */
function costOf({ input, fresh, ms, tried }: Entry): number {
  return ((tried + 1) * (1 + input.length / 1_024) * (ms > 50 ? 8 : 1)) / Math.min(fresh, muchFresh);
}
