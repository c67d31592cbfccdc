import { percentile } from './latencies.ts';
import type { RestartableReplica } from './replica.ts';

const everyMs = 250;
const mebibyte = 1024 * 1024;

/**
 * How much memory the driver and a replica take up. Of the replica, which is looked at again and again, what it has of the system; of the driver, which
 * is in this process and keeps a record of each call, what it still holds once its garbage is gone.
 */
export class MemoryWatch implements Disposable {
  readonly #replica: RestartableReplica;
  #stopped = false;
  readonly #seen: number[] = [];
  readonly #held = held();
  #timer: NodeJS.Timeout | undefined;

  constructor(replica: RestartableReplica) {
    this.#replica = replica;
    this.#lookLater();
  }

  /** How much each has grown since the first looks, in MiB; of what comes and goes the middle counts. */
  grownMiB(): { driver: number; replica: number } {
    const quarter = Math.max(1, Math.floor(this.#seen.length / 4));
    const middle = (seen: number[]): number =>
      percentile(
        seen.sort((a, b) => a - b),
        0.5,
      ) ?? 0;
    const replica = middle(this.#seen.slice(-quarter)) - middle(this.#seen.slice(0, quarter));
    return { driver: Math.round((held() - this.#held) / mebibyte), replica: Math.round(replica / mebibyte) };
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
    if (state !== undefined) this.#seen.push(state.rss);
    if (!this.#stopped) this.#lookLater();
  }
}

function held(): number {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
