import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Code, connect } from 'flowrpc';
import { ProbeService } from '../../suites/probe-service.ts';
import type { VictimState } from './victim.ts';

export type Side = 'bare' | 'ours';

/** A child process of one side; ends with the test. */
export abstract class Child implements AsyncDisposable {
  protected readonly process: ChildProcess;
  #errors = '';

  protected constructor(program: string, side: Side) {
    this.process = fork(fileURLToPath(new URL(program, import.meta.url)), [side], {
      execArgv: ['--import', 'tsx', '--conditions=@flowrpc/source', '--expose-gc'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      serialization: 'advanced',
    });
    this.process.on('error', () => {});
    this.process.stderr?.on('data', (chunk: Buffer) => {
      this.#errors = (this.#errors + chunk.toString()).slice(-4_000);
    });
  }

  get alive(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  /** What it died of, in a line. */
  get lastWords(): string {
    return /^\s*(?:\w*Error|.*\[ERR_\w+\]).*$|"[^"]+"\.?$/m.exec(this.#errors)?.[0].trim() ?? '';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.alive) return;
    this.process.kill('SIGKILL');
    await once(this.process, 'exit');
  }

  /** The next message of the child; undefined when it ends first, or says nothing for 40 seconds. */
  protected next<T>(): Promise<T | undefined> {
    if (!this.alive) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const settle = (message: unknown): void => {
        clearTimeout(timer);
        this.process.off('message', settle).off('exit', gone);
        resolve(message as T);
      };
      const gone = (): void => settle(undefined);
      const timer = setTimeout(gone, 40_000);
      this.process.on('message', settle).on('exit', gone);
    });
  }
}

/** A server of one side in a process of its own, with a well-behaved neighbour on a connection of its own. */
export class Victim extends Child {
  port = 0;

  static async start(side: Side): Promise<Victim> {
    const victim = new Victim('victim.ts', side);
    const said = await victim.next<{ port: number }>();
    if (said === undefined) throw new Error(`Cannot start the server of ${side}: ${victim.lastWords}`);
    victim.port = said.port;
    return victim;
  }

  async state(): Promise<VictimState | undefined> {
    if (!this.alive) return undefined;
    const answer = this.next<{ state: VictimState }>();
    this.process.send('state');
    return (await answer)?.state;
  }

  /** How many of a hundred calls come back. */
  async neighbours(): Promise<number> {
    if (!this.alive) return 0;
    await using channel = connect(`127.0.0.1:${this.port}`, { userAgent: 'neighbour' });
    const client = channel.client(ProbeService);
    const calls = Array.from(
      { length: 100 },
      (_, n) => client.unary({ text: 'neighbour', n }, { timeoutMs: 20_000 }).status,
    );
    return (await Promise.all(calls)).filter(({ code }) => code === Code.OK).length;
  }
}
