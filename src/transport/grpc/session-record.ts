import type { Peer } from '../../core/context.ts';
import type { Key } from '../../core/key.ts';
import type { Session } from '../../core/session.ts';

/** What is known of a connection beside its socket. Nothing but getters shows, so that a peer can be logged. */
export class SessionRecord implements Session {
  readonly id: string = crypto.randomUUID();
  readonly connectedAt: number = Date.now();
  readonly #peer: Peer;
  #lastActiveAt = this.connectedAt;
  #openCalls = 0;
  #totalCalls = 0;
  #attributes: Map<Key<unknown>, unknown> | undefined;

  constructor(peer: Peer) {
    this.#peer = { ...peer, session: this };
  }

  get peer(): Peer {
    return this.#peer;
  }

  get lastActiveAt(): number {
    return this.#lastActiveAt;
  }

  get openCalls(): number {
    return this.#openCalls;
  }

  get totalCalls(): number {
    return this.#totalCalls;
  }

  get<T>(key: Key<T>): T | undefined {
    return this.#attributes?.has(key) ? (this.#attributes.get(key) as T) : key.initial;
  }

  set<T>(key: Key<T>, value: T): void {
    this.#attributes ??= new Map();
    this.#attributes.set(key, value);
  }

  delete(key: Key<unknown>): boolean {
    return this.#attributes?.delete(key) ?? false;
  }

  touch(at: number = Date.now()): void {
    this.#lastActiveAt = at;
  }

  callBegan(): void {
    this.#openCalls += 1;
    this.#totalCalls += 1;
    this.touch();
  }

  callEnded(): void {
    this.#openCalls -= 1;
    this.touch();
  }
}
