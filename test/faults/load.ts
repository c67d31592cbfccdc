import { setTimeout as sleep } from 'node:timers/promises';
import type { CallRecord } from './call-record.ts';
import type { MethodName, PeerClient, Work } from './peers/peer.ts';

export interface LoadOptions {
  /** Calls a second, whatever becomes of those before. */
  readonly rate: number;
  /** Shares of calls that may not be made twice, and of streams; the rest may. */
  readonly puts?: number;
  readonly lists?: number;
  readonly timeoutMs?: number;
  readonly waitForReady?: boolean;
  readonly work?: Partial<Omit<Work, 'key'>>;
  /** Makes of which kind each call is the same in each run. */
  readonly random: () => number;
}

/** Makes calls at a fixed rate, in turn with each of its clients, and records what its callers are told. */
export class Load {
  readonly records: CallRecord[] = [];
  #clients: readonly PeerClient[];
  readonly #options: Required<Omit<LoadOptions, 'work'>> & { work: Omit<Work, 'key'> };
  readonly #startedAt = performance.now();
  readonly #pending = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(
    clients: readonly PeerClient[],
    { rate, random, puts = 0.2, lists = 0.1, timeoutMs = 10_000, waitForReady = false, work }: LoadOptions,
  ) {
    this.#clients = clients;
    this.#options = {
      rate,
      random,
      puts,
      lists,
      timeoutMs,
      waitForReady,
      work: { delayMs: 5, count: 3, bulkBytes: 0, ...work },
    };
    this.#tick();
  }

  /** Milliseconds since it began. */
  get now(): number {
    return performance.now() - this.#startedAt;
  }

  /** Makes the calls from now on with these clients. */
  use(clients: readonly PeerClient[]): void {
    this.#clients = clients;
  }

  /** Makes no more calls. */
  halt(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** Makes no more calls, and waits until the last caller must have been told. */
  async stop(): Promise<void> {
    this.halt();
    const all = Promise.all(this.#pending);
    await Promise.race([all, sleep(this.#patienceMs, undefined, { ref: false })]);
  }

  /** When the caller of a call must have been told. */
  get #patienceMs(): number {
    return this.#options.timeoutMs + 5_000;
  }

  #tick = (): void => {
    if (this.#stopped) return;
    const { rate } = this.#options;
    const due = Math.floor((this.now * rate) / 1_000);
    const underWay = due + 1 - this.records.length + this.#pending.size;
    if (underWay > (2 * rate * this.#patienceMs) / 1_000 + 100) {
      const over = `twice what the ${this.#patienceMs} ms that each may take allow for`;
      throw new Error(`Cannot load: ${underWay} calls are under way, ${over}; the machine is too busy`);
    }
    while (this.records.length <= due) this.#make(this.records.length);
    this.#timer = setTimeout(this.#tick, 1);
  };

  #make(index: number): void {
    const { rate, timeoutMs, waitForReady, work } = this.#options;
    const method = this.#method();
    const key = `${method}-${index}`;
    const record: CallRecord = {
      key,
      method,
      scheduled: (index * 1_000) / rate,
      sent: this.now,
      ended: undefined,
      outcome: undefined,
    };
    this.records.push(record);
    const client = this.#clients[index % this.#clients.length]!;
    const done = client.call(method, { ...work, key }, { timeoutMs, waitForReady }).then((outcome) => {
      record.ended = this.now;
      record.outcome = outcome;
      this.#pending.delete(done);
    });
    this.#pending.add(done);
  }

  #method(): MethodName {
    const { puts, lists, random } = this.#options;
    const drawn = random();
    return drawn < puts ? 'put' : drawn < puts + lists ? 'list' : 'get';
  }
}
