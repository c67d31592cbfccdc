import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Code, connect } from 'flowrpc';
import { ProbeService } from '../suites/probe-service.ts';

const program = fileURLToPath(new URL('heap-server.ts', import.meta.url));

/** `heap-server.ts` in a process that may have 128 MiB of heap. */
export class HeapServer implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #exit: Promise<unknown>;
  readonly port: number;
  /** The end of what it wrote to stderr. */
  lastWords = '';

  private constructor(child: ChildProcess, port: number) {
    this.#process = child;
    this.port = port;
    this.#exit = once(child, 'close');
    child.stderr?.on('data', (chunk: Buffer) => {
      this.lastWords = (this.lastWords + chunk.toString()).slice(-10_000);
    });
  }

  static async start(protection: 'shed' | 'bare'): Promise<HeapServer> {
    const child = fork(program, [protection], {
      execArgv: ['--import', 'tsx', '--conditions=@flowrpc/source', '--max-old-space-size=128'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    const [{ port }] = (await once(child, 'message')) as [{ port: number }];
    return new HeapServer(child, port);
  }

  get alive(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /** How it ended: as a shell shows it, 128 more than the signal's number. */
  async exitCode(): Promise<number | null> {
    await this.#exit;
    return this.#process.signalCode === 'SIGABRT' ? 134 : this.#process.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#exit;
  }
}

export interface HeapLoad {
  readonly shape: string;
  /** Each calls again as soon as it has an answer: those refused after 20 ms, sooner than they were told. */
  readonly callers: number;
  readonly holdMs: number;
  readonly forMs: number;
}

/** How many calls ended with each code; ends early with the server. */
export async function load(
  server: HeapServer,
  { shape, callers, holdMs, forMs }: HeapLoad,
): Promise<Map<Code, number>> {
  await using channel = connect(`127.0.0.1:${server.port}`);
  const client = channel.client(ProbeService);
  const outcomes = new Map<Code, number>();
  const until = performance.now() + forMs;
  const callAgainAndAgain = async (): Promise<void> => {
    while (server.alive && performance.now() < until) {
      const { code } = await client.unary({ text: shape, n: holdMs }).status;
      outcomes.set(code, (outcomes.get(code) ?? 0) + 1);
      if (code !== Code.OK) await sleep(20);
    }
  };
  await Promise.all(Array.from({ length: callers }, callAgainAndAgain));
  return outcomes;
}
