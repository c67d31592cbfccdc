import { percentile } from './latencies.ts';
import { stateOfProcess } from './process-state.ts';
import type { RestartableReplica } from './replica.ts';

const everyMs = 250;
const mebibyte = 1024 * 1024;

/** Looks again and again at the memory of the driver and of a replica. */
export class MemoryWatch implements Disposable {
  readonly #replica: RestartableReplica;
  #stopped = false;
  readonly #seen: { driver: number; replica: number }[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(replica: RestartableReplica) {
    this.#replica = replica;
    this.#lookLater();
  }

  /** How much each has grown since the first looks, in MiB; of what comes and goes the middle counts. */
  grownMiB(): { driver: number; replica: number } {
    const quarter = Math.max(1, Math.floor(this.#seen.length / 4));
    const grown = (of: 'driver' | 'replica'): number => {
      const [first, last] = [this.#seen.slice(0, quarter), this.#seen.slice(-quarter)].map((seen) => {
        const sizes = seen.map((each) => each[of]).sort((a, b) => a - b);
        return percentile(sizes, 0.5);
      });
      return Math.round(((last ?? 0) - (first ?? 0)) / mebibyte);
    };
    return { driver: grown('driver'), replica: grown('replica') };
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#stopped = true;
  }

  #lookLater(): void {
    this.#timer = setTimeout(() => void this.#look(), everyMs);
  }

  async #look(): Promise<void> {
    const state = await this.#replica.state().catch(() => undefined);
    if (state !== undefined) this.#seen.push({ driver: stateOfProcess().rss, replica: state.rss });
    if (!this.#stopped) this.#lookLater();
  }
}
