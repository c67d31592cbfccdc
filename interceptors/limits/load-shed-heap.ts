import { getHeapStatistics } from 'node:v8';
import { SlidingCount } from '../retry/sliding-count.ts';
import { collectGarbage } from './collect-garbage.ts';
import { heapLimit } from './heap-limit.ts';

const readEveryMs = 1;
/** What a call needs is the mean of so long; what it will need it has after this much of a second. */
const meanMs = 5_000;
const youngMs = 250;
/** However much calls seem to need, so much of the heap is theirs: what else allocates is taken for theirs, too. */
const largestReserve = 0.15;
/** Collections that are asked for: no more than one a second, and a tenth of the time. */
const collectEveryMs = 1_000;
const collectShare = 0.1;

export interface HeapSource {
  used(): number;
  collect(): void;
  readonly limit: number;
}

/**
 * How full the heap is: with what is in use, with garbage, and with what calls that were just let in will need. Where garbage decides, it
 * is collected first: nothing else tells it from the rest, and with calls refused V8 would have no cause to.
 */
export class HeapRoom {
  readonly #source: HeapSource;
  readonly #grown = new SlidingCount(meanMs);
  readonly #entered = new SlidingCount(meanMs);
  readonly #young = new SlidingCount(youngMs);
  #readAt = Number.NEGATIVE_INFINITY;
  #used = 0;
  /** Gone when V8 has collected all garbage: a weak reference outlives collections of young objects. */
  #witness = new WeakRef({});
  #nextCollectionAt = Number.NEGATIVE_INFINITY;

  constructor(source: HeapSource = ofProcess()) {
    this.#source = source;
  }

  /** In use, of what may be: 0 to 1. */
  get share(): number {
    this.#read(performance.now());
    return this.#used / this.#source.limit;
  }

  /** Whether a further call would fill the heap beyond a share of it. */
  full(most: number, inFlight: number): boolean {
    const now = performance.now();
    if (now - this.#readAt >= readEveryMs) this.#read(now);
    const room = most * this.#source.limit;
    if (this.#used >= room && now >= this.#nextCollectionAt) this.#collect(now);
    if (this.#used + this.#reserve(inFlight, now) >= room) return true;
    this.#entered.add(1, now);
    this.#young.add(1, now);
    return false;
  }

  /** What calls let in a moment ago have not taken yet. */
  #reserve(inFlight: number, now: number): number {
    const entered = this.#entered.sum(now);
    if (entered === 0) return 0;
    const each = this.#grown.sum(now) / entered;
    return Math.min(each * Math.min(inFlight, this.#young.sum(now)), largestReserve * this.#source.limit);
  }

  #read(now: number): void {
    const used = this.#source.used();
    if (used > this.#used && this.#used > 0) this.#grown.add(used - this.#used, now);
    this.#used = used;
    this.#readAt = now;
    if (this.#witness.deref() === undefined) this.#collected(now, 0);
  }

  #collect(now: number): void {
    this.#source.collect();
    this.#used = this.#source.used();
    this.#readAt = performance.now();
    this.#collected(this.#readAt, this.#readAt - now);
  }

  #collected(now: number, tookMs: number): void {
    this.#witness = new WeakRef({});
    this.#nextCollectionAt = now + Math.max(collectEveryMs, tookMs / collectShare);
  }
}

function ofProcess(): HeapSource {
  return { used: () => getHeapStatistics().used_heap_size, collect: collectGarbage, limit: heapLimit() };
}
