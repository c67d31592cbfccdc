import { setTimeout as sleep } from 'node:timers/promises';
import type { KeyLog } from './key-log.ts';
import { type Done, type Replica, Unavailable, type Work } from './peers/peer.ts';

/** How a replica behaves beyond its work. */
export interface Behaviour {
  /** This share of calls is answered with UNAVAILABLE. */
  readonly unavailableShare?: number;
}

/** The work of a replica: writes the key of each call down, then takes its time, then answers. */
export class ReplicaWork implements Replica {
  behaviour: Behaviour = {};
  readonly #name: string;
  readonly #log: KeyLog;
  readonly #random: () => number;

  constructor(name: string, log: KeyLog, random: () => number) {
    this.#name = name;
    this.#log = log;
    this.#random = random;
  }

  async get(work: Work): Promise<Done> {
    return await this.#answer(work);
  }

  async put(work: Work): Promise<Done> {
    return await this.#answer(work);
  }

  async *list(work: Work): AsyncGenerator<Done> {
    this.#begin(work);
    for (let n = 1; n <= work.count; n++) {
      if (work.delayMs > 0) await sleep(work.delayMs);
      yield this.#done(n, work);
    }
  }

  async #answer(work: Work): Promise<Done> {
    this.#begin(work);
    if (work.delayMs > 0) await sleep(work.delayMs);
    return this.#done(1, work);
  }

  #begin({ key }: Work): void {
    const refused = this.#random() < (this.behaviour.unavailableShare ?? 0);
    this.#log.write({ key, replica: this.#name, refused, at: Date.now() });
    if (refused) throw new Unavailable('brown-out');
  }

  #done(n: number, { bulkBytes }: Work): Done {
    return { replica: this.#name, n, bulk: new Uint8Array(bulkBytes) };
  }
}
