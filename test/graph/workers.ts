import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { WorkerOptions } from './worker.ts';

const program = fileURLToPath(new URL('worker.ts', import.meta.url));

/** A process of the operating system that serves one node. */
export interface Worker {
  readonly address: string;
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>;
  /** Resolves once it has ended, whatever ended it. */
  readonly ended: Promise<void>;
}

export async function worker(options: WorkerOptions): Promise<Worker> {
  const args = ['--import', 'tsx', '--conditions=@flowrpc/source', program, JSON.stringify(options)];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
  };
  onTestFinished(kill);
  child.stdin.on('error', () => {});
  const [line] = (await Promise.race([
    once(child.stdout.setEncoding('utf8'), 'data'),
    exited.then(() => {
      throw new Error(`Worker "${options.name}" ended before it listened`);
    }),
  ])) as [string];
  return { address: line.trim(), kill, ended: exited.then(() => {}) };
}

/** A file that workers write to, line by line. */
export function workerLog(): { readonly path: string; lines(): string[] } {
  const folder = mkdtempSync(join(tmpdir(), 'flowrpc-workers-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'log');
  writeFileSync(path, '');
  return { path, lines: () => readFileSync(path, 'utf8').split('\n').filter(Boolean) };
}
