import { detached } from '../core/current.ts';
import type { Logger } from '../observability/logger.ts';
import type { Process } from './process.ts';
import type { Waiting } from './waiting.ts';

/** An edge on which packets wait behind others. */
export interface BlockedEdge {
  /** `default.a/out → default.b/in` */
  readonly edge: string;
  /** Id of the process whose packets they are. */
  readonly process: string;
  /** Those that wait. */
  readonly packets: number;
  /** Milliseconds that the first of them has waited. */
  readonly waitedMs: number;
}

export interface WatchdogOptions {
  /** Wait after which an edge counts as blocked, milliseconds. */
  readonly afterMs: number;
  readonly processes: Iterable<Process>;
  readonly logger: Logger;
}

const maxNamed = 10;

/** Names the edges on which packets wait too long, in the log and to whoever asks. Its timer runs only while something waits. */
export class Watchdog {
  readonly #options: WatchdogOptions;
  #warned = new WeakSet<Waiting>();
  #timer: ReturnType<typeof setInterval> | undefined;
  #closed = false;

  constructor(options: WatchdogOptions) {
    this.#options = options;
  }

  /** Edges that are blocked just now, the one that waits longest first. */
  get blocked(): BlockedEdge[] {
    return this.#find().map(({ found }) => found);
  }

  /** Something begins to wait. */
  wake(): void {
    if (this.#timer !== undefined || this.#closed || this.#options.afterMs === Number.POSITIVE_INFINITY) return;
    const everyMs = Math.max(1, Math.min(this.#options.afterMs / 4, 60_000));
    this.#timer = detached(() => setInterval(() => this.#look(), everyMs));
    this.#timer.unref();
  }

  close(): void {
    this.#closed = true;
    this.#rest();
  }

  #look(): void {
    let waits = false;
    for (const { waiting } of this.#options.processes) waits ||= waiting.size > 0;
    if (!waits) return this.#rest();
    const fresh = this.#find().filter(({ waiting }) => !this.#warned.has(waiting));
    for (const { waiting, found } of fresh.slice(0, maxNamed)) {
      this.#warned.add(waiting);
      const { edge, packets, waitedMs, process } = found;
      const seconds = Math.round(waitedMs / 100) / 10;
      this.#options.logger.warn(
        `edge "${edge}" has held ${packets} ${packets === 1 ? 'packet' : 'packets'} for ${seconds} s`,
        { edge, process, packets, waitedMs },
      );
    }
    if (fresh.length > maxNamed)
      this.#options.logger.warn('more edges are blocked', { edges: fresh.length - maxNamed });
  }

  #find(): { waiting: Waiting; found: BlockedEdge }[] {
    const { afterMs, processes } = this.#options;
    const now = Date.now();
    const all: { waiting: Waiting; found: BlockedEdge }[] = [];
    for (const process of processes) {
      for (const waiting of process.waiting) {
        const waitedMs = now - waiting.since;
        if (waitedMs < afterMs) this.#warned.delete(waiting);
        else
          all.push({
            waiting,
            found: { edge: waiting.edge, process: process.id, packets: waiting.size, waitedMs },
          });
      }
    }
    return all.sort((a, b) => b.found.waitedMs - a.found.waitedMs);
  }

  #rest(): void {
    if (this.#timer !== undefined) clearInterval(this.#timer);
    this.#timer = undefined;
    this.#warned = new WeakSet();
  }
}
