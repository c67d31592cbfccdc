import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { failed } from './call-record.ts';
import { counted } from './counting.ts';
import type { Figures } from './figures.ts';
import { readKeyLog } from './key-log.ts';
import { latenciesOf, percentile } from './latencies.ts';
import type { Suffering } from './link.ts';
import { Load, type LoadOptions } from './load.ts';
import type { ClientOptions, Peer, PeerClient } from './peers/peer.ts';
import { type State, stateOfProcess } from './process-state.ts';
import { seeded } from './random.ts';
import { firstErrorMs, recoveryMs } from './recovery.ts';
import { type Place, RestartableReplica } from './replica.ts';
import { TcpProxy } from './tcp-proxy.ts';
import type { Times } from './times.ts';

export interface RigOptions {
  readonly peer: Peer;
  readonly times: Times;
  readonly short: boolean;
  /** Calls a second where a fault does not say; far below what two cores can do. Default 300, and 100 in the short form. */
  readonly rate?: number;
  /** Of everything that is left to chance. */
  readonly seed?: number;
}

/** What figures need to know of a fault. */
export interface FaultSpan {
  /** When the fault began and when it could be over, on the clock of the load. */
  readonly from: number;
  readonly to: number;
  /** From when the time to recovery counts; default `from`. */
  readonly recoverySince?: number;
  readonly more?: Readonly<Record<string, number>>;
}

/** A load, the replicas it goes to, and what may stand between. Whatever it opens ends with it. */
export class Rig implements AsyncDisposable {
  readonly peer: Peer;
  readonly times: Times;
  readonly short: boolean;
  readonly rate: number;
  readonly random: () => number;
  readonly replicas: RestartableReplica[] = [];
  readonly #seed: number;
  readonly #folder = mkdtempSync(join(tmpdir(), 'flowrpc-faults-'));
  readonly #proxies: TcpProxy[] = [];
  readonly #clients: PeerClient[] = [];
  #load: Load | undefined;
  #attempts = 1;
  #before: { driver: State; replicas: State[] } | undefined;

  constructor({ peer, times, short, rate = short ? 100 : 300, seed = 1 }: RigOptions) {
    this.peer = peer;
    this.times = times;
    this.short = short;
    this.rate = rate;
    this.#seed = seed;
    this.random = seeded(seed);
  }

  get load(): Load {
    if (this.#load === undefined) throw new Error('Cannot use the load of a rig: it was not started');
    return this.#load;
  }

  get keyLog(): string {
    return join(this.#folder, 'keys');
  }

  /** Starts so many servers, each in a process and on a port of its own. */
  async startReplicas(
    count: number,
    { ageMs, place }: { ageMs?: number; place?: Place } = {},
  ): Promise<readonly RestartableReplica[]> {
    const { keyLog, peer } = this;
    const first = this.replicas.length;
    const starting = Array.from({ length: count }, async (_, n) => {
      const name = `r${first + n}`;
      const seed = this.#seed * 100 + first + n;
      return await RestartableReplica.start({
        name,
        port: await freePort(),
        peer: peer.name,
        keyLog,
        seed,
        ageMs,
        place,
      });
    });
    const started = await Promise.all(starting);
    this.replicas.push(...started);
    return started;
  }

  /** A proxy in front of a port; everything random in it has a seed. */
  async proxy(targetPort: number, suffering: Suffering = {}): Promise<TcpProxy> {
    const proxy = await TcpProxy.open(targetPort, { suffering, seed: this.#seed + this.#proxies.length });
    this.#proxies.push(proxy);
    return proxy;
  }

  /** Connects a client of the peer: to all replicas, unless addresses are given. */
  async connect(options: Partial<ClientOptions> = {}): Promise<PeerClient> {
    const client = await this.peer.connect({
      addresses: this.replicas.map(({ address }) => address),
      name: `load-${this.#clients.length}`,
      spread: true,
      attempts: 3,
      throttled: true,
      ...options,
    });
    this.#attempts = options.attempts ?? 3;
    this.#clients.push(client);
    return client;
  }

  /** Starts the load with all clients that were connected. */
  async start(options: Partial<Omit<LoadOptions, 'random'>> = {}): Promise<Load> {
    this.#before = { driver: stateOfProcess(), replicas: await this.#states() };
    this.#load = new Load([...this.#clients], { rate: this.rate, ...options, random: this.random });
    return this.#load;
  }

  /** Resolves at a time of the load. */
  async until(ms: number): Promise<void> {
    await sleep(Math.max(0, ms - this.load.now));
  }

  /** Ends the load when it is time, and counts. */
  async finish({ from, to, recoverySince = from, more = {} }: FaultSpan): Promise<Figures> {
    const { load, times } = this;
    await this.until(times.endMs);
    await load.stop();
    const replicas = await this.#states();
    for (const client of this.#clients.splice(0)) await client.close();
    // Sockets that were closed take a moment to go.
    await sleep(500);
    const { records } = load;
    const before = latenciesOf(records, times.warmMs, times.faultMs);
    return {
      ...counted(records, readKeyLog(this.keyLog), { attempts: this.#attempts }),
      lagMs: Math.round(
        percentile(
          records.map(({ scheduled, sent }) => sent - scheduled).sort((a, b) => a - b),
          0.99,
        ),
      ),
      before,
      during: latenciesOf(records, from, to),
      after: latenciesOf(records, to, times.endMs),
      firstErrorMs: firstErrorMs(records, from),
      recoveryMs: recoveryMs(records, { since: recoverySince, baselineP99: before.p99 }),
      failedAtEnd: records.filter((record) => failed(record) && record.scheduled >= times.endMs - 1_000).length,
      driver: { before: this.#before?.driver ?? stateOfProcess(), after: stateOfProcess() },
      replicas: { before: this.#before?.replicas ?? [], after: replicas },
      logLines: this.replicas.reduce((sum, { lines }) => sum + lines, 0),
      more,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#load?.halt();
    for (const client of this.#clients) await client.close();
    for (const proxy of this.#proxies) await proxy[Symbol.asyncDispose]();
    for (const replica of this.replicas) await replica[Symbol.asyncDispose]();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #states(): Promise<State[]> {
    const states = await Promise.all(this.replicas.map((replica) => replica.state()));
    return states.filter((state) => state !== undefined);
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  return await new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
