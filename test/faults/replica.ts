import type { State } from './process-state.ts';
import { ReplicaChild } from './replica-child.ts';
import type { Behaviour } from './replica-work.ts';

/** Where the process of a replica runs. */
export interface Place {
  /** Where it listens. */
  readonly host: string;
  /** Starts a program there. */
  readonly command: readonly string[];
}

export interface ReplicaInit {
  readonly name: string;
  readonly port: number;
  readonly peer: string;
  readonly keyLog: string;
  readonly seed: number;
  readonly ageMs?: number;
  /** Default this machine, by loopback. */
  readonly place?: Place;
}

/**
 * A server on a port of its own, whatever becomes of its process. The next process is loaded beforehand, so that a restart takes as long as it
 * is meant to.
 */
export class RestartableReplica implements AsyncDisposable {
  readonly name: string;
  readonly port: number;
  readonly #init: ReplicaInit;
  #running: ReplicaChild;
  #spare: ReplicaChild | undefined;
  #lines = 0;

  private constructor(init: ReplicaInit, running: ReplicaChild) {
    this.name = init.name;
    this.port = init.port;
    this.#init = init;
    this.#running = running;
  }

  static async start(init: ReplicaInit): Promise<RestartableReplica> {
    const replica = new RestartableReplica(init, load(init));
    await replica.#listen(init.ageMs);
    return replica;
  }

  get address(): string {
    return `${hostOf(this.#init)}:${this.port}`;
  }

  /** Lines that its processes printed so far. */
  get lines(): number {
    return this.#lines + this.#running.lines;
  }

  /** Loads the process that takes over at the next `restart()`. */
  async prepare(): Promise<void> {
    this.#spare ??= load(this.#init);
    await this.#spare.loaded();
  }

  signal(signal: NodeJS.Signals): void {
    this.#running.signal(signal);
  }

  async kill(): Promise<void> {
    this.#running.signal('SIGKILL');
    await this.#running.ended();
  }

  /** SIGTERM; resolves with the exit code. */
  async terminate(): Promise<number | null> {
    this.#running.signal('SIGTERM');
    return await this.#running.ended();
  }

  /** Listens again, once its process has ended. */
  async restart({ ageMs = this.#init.ageMs }: { ageMs?: number } = {}): Promise<void> {
    await this.#running.ended();
    this.#lines += this.#running.lines;
    this.#running = this.#spare ?? load(this.#init);
    this.#spare = undefined;
    await this.#listen(ageMs);
  }

  async behave(behaviour: Behaviour): Promise<void> {
    await this.#running.ask({ do: 'behave', behaviour }, 'behaving');
  }

  async state(): Promise<State | undefined> {
    if (!this.#running.alive) return undefined;
    return (await this.#running.ask({ do: 'state' }, 'state')).state;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of [this.#running, this.#spare]) {
      child?.signal('SIGKILL');
      await child?.ended();
    }
  }

  async #listen(ageMs: number | undefined): Promise<void> {
    await this.#running.ask({ do: 'listen', host: hostOf(this.#init), port: this.port, ageMs }, 'listening');
  }
}

function hostOf({ place }: ReplicaInit): string {
  return place?.host ?? '127.0.0.1';
}

function load({ peer, name, keyLog, seed, place }: ReplicaInit): ReplicaChild {
  return new ReplicaChild([peer, name, keyLog, String(seed)], place?.command);
}
