import { Code } from '../../../core/code.ts';
import { StatusError } from '../../../core/status-error.ts';
import { SandboxWorker } from './sandbox-worker.ts';
import type { Answered, Task } from './task.ts';

export interface SandboxOptions {
  readonly workers: number;
  readonly memoryBytes: number;
  readonly maxQueued: number;
}

type Answer = Pick<Answered, 'outcome' | 'lines'>;

interface Waiting {
  readonly task: Task;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
  /** Why nobody waits any more; undefined while somebody does. */
  cancelled: boolean;
  stop: (() => void) | undefined;
}

/** After that without any task, threads end. */
const idleMs = 10_000;
/** Threads that end before they began, in a row, until tasks are refused. */
const maxFailures = 3;

/** Threads for scripts. They start when there is something to do, take tasks of different owners in turn, and end when nobody uses them. */
export class Sandbox {
  readonly #options: SandboxOptions;
  readonly #workers = new Set<SandboxWorker>();
  /** Those that wait, by owner; the owner whose turn it is comes first. */
  readonly #queues = new Map<object, Waiting[]>();
  #queued = 0;
  #users = 0;
  #failures = 0;
  #idle: NodeJS.Timeout | undefined;

  constructor(options: SandboxOptions) {
    this.#options = options;
  }

  /** Counts somebody who will give tasks. Gives back what ends that: with the last one, threads end. */
  use(): () => Promise<void> {
    this.#users += 1;
    let over = false;
    return async () => {
      if (over) return;
      over = true;
      this.#users -= 1;
      if (this.#users === 0 && this.#queued === 0) await this.#close();
    };
  }

  /** Does a task once a thread is free. Rejects with RESOURCE_EXHAUSTED when too many wait, and with the reason of the signal. */
  do(owner: object, task: Task, signal?: AbortSignal): Promise<Answer> {
    const { maxQueued } = this.#options;
    if (this.#queued >= maxQueued)
      return Promise.reject(
        new StatusError(
          Code.RESOURCE_EXHAUSTED,
          `Cannot run the script: ${maxQueued} others wait for a thread already`,
        ),
      );
    if (signal?.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        waiting.cancelled = true;
        waiting.stop?.();
        waiting.reject(signal?.reason);
      };
      const settled = <T>(settle: (value: T) => void): ((value: T) => void) => {
        return (value) => {
          signal?.removeEventListener('abort', onAbort);
          settle(value);
        };
      };
      const waiting: Waiting = {
        task,
        resolve: settled(resolve),
        reject: settled(reject),
        cancelled: false,
        stop: undefined,
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#enqueue(owner, waiting);
    });
  }

  #enqueue(owner: object, waiting: Waiting): void {
    clearTimeout(this.#idle);
    const queue = this.#queues.get(owner);
    if (queue === undefined) this.#queues.set(owner, [waiting]);
    else queue.push(waiting);
    this.#queued += 1;
    const free = [...this.#workers].find((worker) => worker.free);
    if (free !== undefined) this.#give(free);
    else if (this.#workers.size < this.#options.workers) this.#start();
  }

  #start(): void {
    const worker = new SandboxWorker({
      memoryBytes: this.#options.memoryBytes,
      onFree: (free) => {
        this.#failures = 0;
        this.#give(free);
      },
      onEnd: (ended, error) => this.#ended(ended, error),
    });
    this.#workers.add(worker);
  }

  /** Gives a free thread its next task; without any, it ends after a while. */
  #give(worker: SandboxWorker): void {
    for (let waiting = this.#next(); waiting !== undefined; waiting = this.#next()) {
      if (waiting.cancelled) continue;
      const { task, resolve, reject } = waiting;
      const failed = (error: Error): void => reject(endedEarly(error));
      waiting.stop = worker.do(task, { done: resolve, failed });
      return;
    }
    this.#rest();
  }

  /** Takes the first of the owner whose turn it is; then it is another's. */
  #next(): Waiting | undefined {
    const [first] = this.#queues;
    if (first === undefined) return undefined;
    const [owner, queue] = first;
    const waiting = queue.shift();
    this.#queues.delete(owner);
    if (queue.length > 0) this.#queues.set(owner, queue);
    this.#queued -= 1;
    return waiting;
  }

  #rest(): void {
    if (this.#users === 0) {
      this.#close().catch(() => {});
      return;
    }
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      this.#close().catch(() => {});
    }, idleMs);
    this.#idle.unref();
  }

  #ended(worker: SandboxWorker, error: Error): void {
    this.#workers.delete(worker);
    if (this.#queued === 0) return;
    this.#failures += 1;
    if (this.#failures < maxFailures) {
      this.#start();
      return;
    }
    this.#failures = 0;
    for (let waiting = this.#next(); waiting !== undefined; waiting = this.#next()) waiting.reject(endedEarly(error));
  }

  /** Ends the threads that have nothing to do. */
  async #close(): Promise<void> {
    clearTimeout(this.#idle);
    const free = [...this.#workers].filter((worker) => worker.free);
    await Promise.all(free.map((worker) => worker.close()));
  }
}

function endedEarly(cause: Error): StatusError {
  return new StatusError(Code.INTERNAL, `Cannot run the script: its thread ended, ${cause.message}`, { cause });
}
