import { hash } from 'node:crypto';

/** Those that ended, and that nobody sends any more, are looked for no more often than this. */
const sweepMs = 60_000;

/**
 * Whom tokens that were verified speak for, under the SHA-256 of each: the tokens themselves are not kept, and nothing of those
 * that were refused. All are forgotten once tokens are judged by other keys. No timer runs.
 */
export class VerifiedTokens<T> {
  readonly #maxTokens: number;
  readonly #counts: (identity: T) => boolean;
  readonly #identities = new Map<string, T>();
  #keys: object | undefined;
  #sweptAt = performance.now();

  /** `counts` says whether an identity still holds at the time of asking. */
  constructor(maxTokens: number, counts: (identity: T) => boolean) {
    this.#maxTokens = maxTokens;
    this.#counts = counts;
  }

  /** Whom a token speaks for now, when these keys have verified it before; undefined when it has to be looked at. */
  find(digest: string, keys: object): T | undefined {
    if (keys !== this.#keys) {
      this.#identities.clear();
      this.#keys = keys;
      return undefined;
    }
    this.#sweep();
    const identity = this.#identities.get(digest);
    if (identity === undefined) return undefined;
    // Those used last are at the end.
    this.#identities.delete(digest);
    if (!this.#counts(identity)) return undefined;
    this.#identities.set(digest, identity);
    return identity;
  }

  /** Remembers what these keys have verified, unless others hold by now. The one used longest ago makes room. */
  add(digest: string, keys: object, identity: T): void {
    if (keys !== this.#keys) return;
    this.#identities.set(digest, identity);
    if (this.#identities.size <= this.#maxTokens) return;
    for (const oldest of this.#identities.keys()) {
      this.#identities.delete(oldest);
      return;
    }
  }

  #sweep(): void {
    const now = performance.now();
    if (now - this.#sweptAt < sweepMs) return;
    this.#sweptAt = now;
    for (const [digest, identity] of this.#identities) if (!this.#counts(identity)) this.#identities.delete(digest);
  }
}

/** What a token is remembered by. */
export function tokenDigest(token: string): string {
  return hash('sha256', token, 'base64url');
}
