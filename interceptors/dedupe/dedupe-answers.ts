import type { LateAnswer, Metadata, Status } from 'flowrpc';

/** How a call ended, for those who wait for the same. */
export interface DedupeOutcome {
  readonly status: Status;
  readonly header: Metadata | undefined;
  /** The one message of a call that ended well. */
  readonly message: unknown;
  /** Its own caller gave up, which says nothing to anybody else. */
  readonly cut: boolean;
  /** What its handler gave after it was over: another call has yet to make an answer of it. */
  readonly late?: LateAnswer;
}

/** A call that was made, or is being made, under a key. */
export interface DedupeEntry {
  /** A hash of its request: another request under the same key is another call by mistake. */
  readonly request: string;
  /** Never rejects. */
  readonly outcome: Promise<DedupeOutcome>;
  /** Nobody got its answer, nor did the interceptors further in see it. */
  readonly late?: LateAnswer;
}

interface Kept extends DedupeEntry {
  readonly bytes: number;
  /** Epoch milliseconds. */
  readonly until: number;
}

export interface DedupeBounds {
  readonly keepMs: number;
  readonly maxAnswers: number;
  readonly maxBytes: number;
}

/** An entry beside its message: key, hash, and what the maps take. */
const entryBytes = 512;

/** Calls under way and answers kept, by key. The oldest answers go first when there are too many or they are too large. */
export class DedupeAnswers {
  readonly #bounds: DedupeBounds;
  readonly #underWay = new Map<string, DedupeEntry>();
  /** In the order in which they were answered. */
  readonly #kept = new Map<string, Kept>();
  #bytes = 0;

  constructor(bounds: DedupeBounds) {
    this.#bounds = bounds;
  }

  get maxBytes(): number {
    return this.#bounds.maxBytes;
  }

  find(key: string): DedupeEntry | undefined {
    // A late answer is kept while a call is making an answer of it.
    const underWay = this.#underWay.get(key);
    if (underWay !== undefined) return underWay;
    const kept = this.#kept.get(key);
    return kept !== undefined && kept.until > Date.now() ? kept : undefined;
  }

  /** False when too many are under way to know of one more. */
  begin(key: string, entry: DedupeEntry): boolean {
    if (this.#underWay.size >= this.#bounds.maxAnswers) return false;
    this.#underWay.set(key, entry);
    return true;
  }

  /** It has ended without saying anything new: what is kept stays. */
  leave(key: string): void {
    this.#underWay.delete(key);
  }

  /** It has ended: `bytes` is what its answer takes, undefined when none is kept. */
  end(key: string, entry: DedupeEntry, bytes: number | undefined): void {
    this.#underWay.delete(key);
    this.#drop(key);
    if (bytes === undefined) return;
    const { keepMs, maxAnswers, maxBytes } = this.#bounds;
    const now = Date.now();
    if (bytes + entryBytes > maxBytes) return;
    this.#kept.set(key, { ...entry, bytes: bytes + entryBytes, until: now + keepMs });
    this.#bytes += bytes + entryBytes;
    for (const [oldest, { until }] of this.#kept) {
      if (until > now && this.#kept.size <= maxAnswers && this.#bytes <= maxBytes) break;
      this.#drop(oldest);
    }
  }

  #drop(key: string): void {
    const kept = this.#kept.get(key);
    if (kept === undefined) return;
    this.#kept.delete(key);
    this.#bytes -= kept.bytes;
  }
}
