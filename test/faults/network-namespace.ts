import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Place } from './replica.ts';

/** A network of its own on this machine, behind a cable that can be cut or made narrow. Needs root, and `ip` and `tc` of iproute2. */
export class NetworkNamespace implements Place, AsyncDisposable {
  readonly host = `10.213.${process.pid % 256}.2`;
  readonly #name = `flowrpc-${process.pid}`;
  readonly #inside = `fri${process.pid}`;
  readonly #outside = `fro${process.pid}`;

  /** Why there can be none here; undefined when there can. */
  static missing(): string | undefined {
    try {
      const probe = `flowrpc-probe-${process.pid}`;
      run('ip', ['netns', 'add', probe]);
      run('ip', ['netns', 'del', probe]);
      run('tc', ['qdisc', 'show', 'dev', 'lo']);
      return undefined;
    } catch (error) {
      const { stderr, message } = error as Error & { stderr?: Buffer };
      return `no network namespace here (${(stderr?.toString() || message).trim().split('\n')[0]})`;
    }
  }

  static open(): NetworkNamespace {
    removeLeft();
    const network = new NetworkNamespace();
    const gate = network.host.replace(/2$/, '1');
    run('ip', ['netns', 'add', network.#name]);
    run('ip', ['link', 'add', network.#outside, 'type', 'veth', 'peer', 'name', network.#inside]);
    run('ip', ['link', 'set', network.#inside, 'netns', network.#name]);
    run('ip', ['addr', 'add', `${gate}/30`, 'dev', network.#outside]);
    run('ip', ['link', 'set', network.#outside, 'up']);
    network.#within('ip', ['addr', 'add', `${network.host}/30`, 'dev', network.#inside]);
    network.#within('ip', ['link', 'set', 'lo', 'up']);
    network.mend();
    return network;
  }

  get command(): readonly string[] {
    return ['ip', 'netns', 'exec', this.#name];
  }

  /** From now on every packet vanishes, both ways. Nobody is told. */
  cut(): void {
    this.#within('ip', ['link', 'set', this.#inside, 'down']);
  }

  mend(): void {
    this.#within('ip', ['link', 'set', this.#inside, 'up']);
  }

  /** What comes out of it is held back to `mbits` megabits a second. */
  narrow(mbits: number): void {
    const rate = ['rate', `${mbits}mbit`, 'burst', '32kbit', 'latency', '400ms'];
    this.#within('tc', ['qdisc', 'replace', 'dev', this.#inside, 'root', 'tbf', ...rate]);
  }

  widen(): void {
    this.#within('tc', ['qdisc', 'del', 'dev', this.#inside, 'root']);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // The cable goes with it.
    run('ip', ['netns', 'del', this.#name]);
  }

  #within(command: string, args: readonly string[]): void {
    const [first = command, ...rest] = [...this.command, command, ...args];
    run(first, rest);
  }
}

/** A run whose process died leaves its network behind. */
function removeLeft(): void {
  const names = execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' }).matchAll(/^flowrpc-(\d+)/gm);
  for (const [name, pid] of names) if (!existsSync(`/proc/${pid}`)) run('ip', ['netns', 'del', name]);
}

function run(command: string, args: readonly string[]): void {
  execFileSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
