import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A program of this repository in a process of its own. It ends with this one, or when disposed. */
export interface Program extends AsyncDisposable {
  readonly address: string;
}

/** Starts a program and waits for the line that tells its address. Rejects when it ends before. */
export function start(file: string, args: readonly string[]): Promise<Program> {
  const child = spawn(process.execPath, ['--import', 'tsx', '--conditions=@flowrpc/source', file, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    // Ctrl-C goes to the whole group; the programs are ended in order instead.
    detached: true,
  });
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code} before it was ready`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const address = /on (127\.0\.0\.1:\d+)/.exec(line)?.[1];
      if (address !== undefined) resolve({ address, [Symbol.asyncDispose]: () => stop(child) });
    });
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}
