import { Code } from '../../core/code.ts';
import { StatusError } from '../../core/status-error.ts';
import type { Connection, Engine } from './engine.ts';

export interface PoolOptions {
  /** Connections at a time. */
  readonly max: number;
  /** How many may wait for one; RESOURCE_EXHAUSTED beyond them. */
  readonly maxWaiting: number;
  /** How long a connection that nobody uses is kept. */
  readonly idleMs: number;
}

interface Waiter {
  readonly give: (connection: Connection) => void;
  readonly fail: (error: Error) => void;
}

interface Idle {
  readonly connection: Connection;
  readonly timer: NodeJS.Timeout | undefined;
}

/** How long closing waits for connections in use. */
const closeMs = 5_000;

/** Connections to one database: so many at most, given out to those that wait in the order in which they came. */
export class Pool {
  readonly #engine: Engine;
  readonly #options: PoolOptions;
  readonly #idle: Idle[] = [];
  readonly #waiting = new Set<Waiter>();
  /** In use, being opened, cleaned or closed. */
  #busy = 0;
  #closed = false;
  #onDrained: (() => void) | undefined;

  constructor(engine: Engine, options: PoolOptions) {
    this.#engine = engine;
    this.#options = options;
  }

  /** A clean connection; whoever got it gives it back with `release`. An aborted signal ends the wait. */
  acquire(signal: AbortSignal): Promise<Connection> {
    if (this.#closed) return Promise.reject(this.#closedError());
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    const { max, maxWaiting } = this.#options;
    const idle = this.#waiting.size === 0 ? this.#takeIdle() : undefined;
    if (idle !== undefined) return Promise.resolve(idle);
    if (this.#waiting.size >= maxWaiting)
      return Promise.reject(
        new StatusError(
          Code.RESOURCE_EXHAUSTED,
          `Cannot query ${this.#engine.label}: ${maxWaiting} processes wait for a connection already`,
        ),
      );
    return new Promise((resolve, reject) => {
      const end = (): void => {
        this.#waiting.delete(waiter);
        signal.removeEventListener('abort', onAbort);
      };
      const onAbort = (): void => waiter.fail(signal.reason as Error);
      const waiter: Waiter = {
        give: (connection) => {
          end();
          resolve(connection);
        },
        fail: (error) => {
          end();
          reject(error);
        },
      };
      this.#waiting.add(waiter);
      signal.addEventListener('abort', onAbort, { once: true });
      if (this.#busy + this.#idle.length < max) this.#open();
    });
  }

  /** Takes a connection back. It is cleaned first; whoever ended a transaction need not wait for that. */
  release(connection: Connection): void {
    void this.#clean(connection);
  }

  /** Those that wait are refused; resolves when all connections are closed, or after 5 seconds. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const waiter of [...this.#waiting]) waiter.fail(this.#closedError());
    const idle = this.#idle.splice(0);
    for (const { timer } of idle) clearTimeout(timer);
    await Promise.all(idle.map(({ connection }) => connection.close()));
    if (this.#busy === 0) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#onDrained = resolve;
      timer = setTimeout(resolve, closeMs);
      timer.unref();
    });
    clearTimeout(timer);
  }

  #takeIdle(): Connection | undefined {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      clearTimeout(idle.timer);
      this.#busy += 1;
      if (!idle.connection.broken) return idle.connection;
      this.#busy -= 1;
      void idle.connection.close();
    }
    return undefined;
  }

  #open(): void {
    this.#busy += 1;
    this.#engine.connect().then(
      (connection) => this.#hand(connection),
      (error: Error) => {
        this.#left();
        // Each of them would find the same.
        const [waiter] = this.#waiting;
        waiter?.fail(error);
        if (this.#waiting.size > 0 && this.#busy === 0) this.#open();
      },
    );
  }

  async #clean(connection: Connection): Promise<void> {
    try {
      if (!connection.broken) await connection.reset();
    } catch {
      // What cannot be cleaned is closed.
      await connection.close();
    }
    if (connection.broken) {
      await connection.close();
      this.#left();
      if (this.#waiting.size > 0 && !this.#closed) this.#open();
      return;
    }
    this.#hand(connection);
  }

  /** Gives a clean connection to whoever waits the longest. */
  #hand(connection: Connection): void {
    const [waiter] = this.#waiting;
    if (waiter !== undefined) {
      waiter.give(connection);
    } else if (this.#closed) {
      void connection.close().then(() => this.#left());
    } else {
      this.#busy -= 1;
      this.#rest(connection);
    }
  }

  #rest(connection: Connection): void {
    const { idleMs } = this.#options;
    const end = (): void => {
      this.#idle.splice(this.#idle.indexOf(idle), 1);
      void connection.close();
    };
    const timer = idleMs === Number.POSITIVE_INFINITY ? undefined : setTimeout(end, idleMs);
    timer?.unref();
    const idle = { connection, timer };
    this.#idle.push(idle);
  }

  #left(): void {
    this.#busy -= 1;
    if (this.#closed && this.#busy === 0) this.#onDrained?.();
  }

  #closedError(): StatusError {
    return new StatusError(Code.UNAVAILABLE, `Cannot query ${this.#engine.label}: its connections are closed`);
  }
}
