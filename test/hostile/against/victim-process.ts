import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { canaries, Output } from './canary.ts';
import type { VictimPorts, VictimState } from './victim.ts';

/** `planted` is bare grpc-js with faults that the oracle must see. */
export type Side = 'bare' | 'ours' | 'planted';

/** A child process of one side; ends with the test. */
export abstract class Child implements AsyncDisposable {
  protected readonly process: ChildProcess;
  readonly stdout = new Output();
  readonly stderr = new Output();

  protected constructor(program: string, side: Side, environment: Readonly<Record<string, string>> = {}) {
    this.process = fork(fileURLToPath(new URL(program, import.meta.url)), [side], {
      execArgv: ['--import', 'tsx', '--conditions=@flowrpc/source'],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      serialization: 'advanced',
      env: { ...process.env, CANARY: canaries.environment, ...environment },
    });
    this.process.on('error', () => {});
    this.process.stdout?.on('data', (chunk: Buffer) => this.stdout.take(chunk));
    this.process.stderr?.on('data', (chunk: Buffer) => this.stderr.take(chunk));
  }

  get alive(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  /** What it died of, in a line. */
  get lastWords(): string {
    return /^\s*(?:\w*Error|.*\[ERR_\w+\]).*$|"[^"]+"\.?$/m.exec(this.stderr.tail)?.[0].trim() ?? '';
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

/** A server of one side in a process of its own. */
export class Victim extends Child {
  /** Plaintext. */
  port = 0;
  /** Wants a certificate of its callers. */
  tlsPort = 0;

  static async start(side: Side, environment?: Readonly<Record<string, string>>): Promise<Victim> {
    const victim = new Victim('victim.ts', side, environment);
    const said = await victim.next<VictimPorts>();
    if (said === undefined) throw new Error(`Cannot start the server of ${side}: ${victim.lastWords}`);
    victim.port = said.port;
    victim.tlsPort = said.tlsPort;
    return victim;
  }

  /** How it is. Asked while others call, it does not hold them up. */
  state(): Promise<VictimState | undefined> {
    return this.#ask('state');
  }

  /** How it is once what is no longer needed was collected. */
  collected(): Promise<VictimState | undefined> {
    return this.#ask('collected');
  }

  async #ask(question: 'state' | 'collected'): Promise<VictimState | undefined> {
    if (!this.alive) return undefined;
    const answer = this.next<{ state: VictimState }>();
    this.process.send(question);
    return (await answer)?.state;
  }
}
