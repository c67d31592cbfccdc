import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Order, Report } from './replica-orders.ts';

const patienceMs = 60_000;

/** The process of a replica, seen from its parent. Counts what it prints. */
export class ReplicaChild {
  lines = 0;
  readonly #process: ChildProcess;
  readonly #loaded: Promise<Report>;
  #lastWords = '';

  /** `command` is put in front of it: what starts it elsewhere. */
  constructor(args: readonly string[], command: readonly string[] = []) {
    const [execPath = process.execPath, ...before] = [...command, process.execPath];
    this.#process = fork(fileURLToPath(new URL('./replica-process.ts', import.meta.url)), args, {
      execPath,
      execArgv: [...before, '--import', 'tsx', '--conditions=@flowrpc/source'],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#process.on('error', () => {});
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.lines += text.split('\n').length - 1;
        this.#lastWords = (this.#lastWords + text).slice(-2_000);
      });
    }
    this.#loaded = this.#next('loaded');
    this.#loaded.catch(() => {});
  }

  get alive(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  async loaded(): Promise<void> {
    await this.#loaded;
  }

  /** Sends an order, and gives the answer. */
  async ask<R extends Report['is']>(order: Order, answer: R): Promise<Extract<Report, { is: R }>> {
    await this.#loaded;
    const report = this.#next(answer);
    this.#process.send(order);
    return await report;
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** Resolves with its exit code, null after a signal. */
  async ended(): Promise<number | null> {
    if (this.alive) await once(this.#process, 'exit');
    return this.#process.exitCode;
  }

  #next<R extends Report['is']>(wanted: R): Promise<Extract<Report, { is: R }>> {
    const child = this.#process;
    return new Promise((resolve, reject) => {
      const settle = (end: () => void): void => {
        clearTimeout(timer);
        child.off('message', heard).off('exit', gone);
        end();
      };
      const failed = (why: string): void =>
        settle(() => reject(new Error(`Cannot hear "${wanted}" of a replica: ${why}; ${this.#lastWords}`)));
      const heard = (report: Report): void => {
        if (report.is === wanted) settle(() => resolve(report as Extract<Report, { is: R }>));
        else if (report.is === 'failed') failed(report.why);
      };
      const gone = (): void => failed('it ended');
      const timer = setTimeout(failed, patienceMs, `nothing for ${patienceMs / 1_000} s`);
      child.on('message', heard).once('exit', gone);
    });
  }
}
