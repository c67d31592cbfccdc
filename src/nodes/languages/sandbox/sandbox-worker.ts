import { Worker } from 'node:worker_threads';
import { detached } from '../../../core/current.ts';
import type { Answered, Asked, Task } from './task.ts';

/** How much longer than it may take a task is waited for, until the worker is ended: some work of the engine cannot be interrupted. */
const graceMs = 100;

/** No task has this id. */
const noTask = -1;

interface Job {
  readonly id: number;
  readonly task: Task;
  readonly done: (answered: Pick<Answered, 'outcome' | 'lines'>) => void;
  readonly failed: (error: Error) => void;
  timer: NodeJS.Timeout | undefined;
}

export interface WorkerOptions {
  readonly memoryBytes: number;
  /** Told when it can take a task, once it has begun and after each one. */
  readonly onFree: (worker: SandboxWorker) => void;
  /** Told when it is no more. */
  readonly onEnd: (worker: SandboxWorker, error: Error) => void;
}

/** A thread with an engine in it, which does one task at a time. */
export class SandboxWorker {
  readonly #options: WorkerOptions;
  readonly #stop = new Int32Array(new SharedArrayBuffer(4)).fill(noTask);
  readonly #thread: Worker;
  #job: Job | undefined;
  #ready = false;
  #ended = false;
  #made = 0;

  constructor(options: WorkerOptions) {
    this.#options = options;
    this.#thread = detached(() => startThread({ memoryBytes: options.memoryBytes, stop: this.#stop }));
    this.#thread.on('message', (message: 'ready' | Answered) => this.#heard(message));
    this.#thread.on('error', (error) => this.#end(error));
    this.#thread.on('exit', () => this.#end(new Error('it exited')));
  }

  get free(): boolean {
    return this.#ready && this.#job === undefined && !this.#ended;
  }

  /** Gives it a task; it must be free. Gives back what stops that. */
  do(task: Task, { done, failed }: Pick<Job, 'done' | 'failed'>): () => void {
    const id = ++this.#made;
    const job: Job = { id, task, done, failed, timer: undefined };
    this.#job = job;
    this.#thread.ref();
    this.#thread.postMessage({ id, task } satisfies Asked);
    job.timer = setTimeout(() => this.#giveUp(job, 'time'), task.timeoutMs + graceMs);
    return () => {
      if (this.#job !== job) return;
      Atomics.store(this.#stop, 0, id);
      clearTimeout(job.timer);
      job.timer = setTimeout(() => this.#giveUp(job, 'cancel'), graceMs);
    };
  }

  async close(): Promise<void> {
    this.#end(new Error('it was closed'));
    await this.#thread.terminate();
  }

  #heard(message: 'ready' | Answered): void {
    if (message === 'ready') {
      this.#ready = true;
      // It began because somebody waits for it; from now on only work keeps the process alive.
      this.#thread.unref();
      this.#options.onFree(this);
      return;
    }
    const job = this.#job;
    if (job === undefined || job.id !== message.id) return;
    this.#release(job);
    job.done(message);
    if (message.broken) this.#terminate(new Error('its engine broke'));
    else this.#options.onFree(this);
  }

  #giveUp(job: Job, why: 'time' | 'cancel'): void {
    if (this.#job !== job) return;
    this.#release(job);
    job.done({ outcome: { kind: 'stopped', why }, lines: [] });
    this.#terminate(new Error('it could not be interrupted'));
  }

  #release(job: Job): void {
    clearTimeout(job.timer);
    this.#job = undefined;
    this.#thread.unref();
  }

  #terminate(error: Error): void {
    this.#end(error);
    this.#thread.terminate().catch(() => {});
  }

  #end(error: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    const job = this.#job;
    if (job !== undefined) {
      this.#release(job);
      job.failed(error);
    }
    this.#options.onEnd(this, error);
  }
}

function startThread(workerData: object): Worker {
  const fromSource = import.meta.url.endsWith('.ts');
  const thread = new Worker(new URL(fromSource ? './worker-from-source.mjs' : './worker.js', import.meta.url), {
    workerData,
    execArgv: [],
    env: {},
    name: 'flowrpc sandbox',
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 16 },
  });
  // What the engine prints of scripts that broke it.
  thread.stdout.resume();
  thread.stderr.resume();
  return thread;
}
