import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { nodeArgs } from './flowrpc.ts';

/** A `flowrpc serve --json` that is up. */
export interface Serving {
  readonly child: ChildProcess;
  readonly addresses: readonly string[];
  readonly nodes: readonly object[];
  /** Its exit code, and what it wrote to stderr. */
  readonly ended: Promise<{ code: number | null; stderr: string }>;
}

const started = new Set<ChildProcess>();

/** Ends what a test that failed has left running. */
export function stopAll(): void {
  for (const child of started) child.kill('SIGKILL');
}

/** Starts `serve` on a free port, unless the arguments name an address, and waits until it serves. */
export async function startServe(
  args: readonly string[],
  { command = 'serve', env = {} }: { command?: 'serve' | 'start'; env?: Readonly<Record<string, string>> } = {},
): Promise<Serving> {
  const listen = args.includes('--listen') ? [] : ['--listen', '127.0.0.1:0'];
  const child = spawn(process.execPath, [...nodeArgs, command, ...args, ...listen, '--json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  started.add(child);
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, stderr }));
  const line = once(createInterface({ input: child.stdout }), 'line') as Promise<[string]>;
  const first = await Promise.race([line, ended]);
  if (!Array.isArray(first)) throw new Error(`serve ended with ${first.code}: ${first.stderr}`);
  return { child, ended, ...(JSON.parse(first[0]) as Pick<Serving, 'addresses' | 'nodes'>) };
}

/** Writes files into a new folder and gives its path. */
export async function folderOf(files: Readonly<Record<string, string>>): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'flowrpc-serve-'));
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text);
  return dir;
}

/** Starts `serve` as people do, and waits for all of its greeting. */
export async function greeted(
  args: readonly string[],
): Promise<{ child: ChildProcess; output: string; ended: Promise<number | null> }> {
  const child = spawn(process.execPath, [...nodeArgs, 'serve', ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  started.add(child);
  const ended = once(child, 'close').then(([code]) => code as number | null);
  let output = '';
  for await (const text of child.stdout.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    output += text;
    if (output.includes('flowrpc call')) break;
  }
  return { child, output, ended };
}
