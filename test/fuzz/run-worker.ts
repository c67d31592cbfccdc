import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { FuzzResult } from './fuzz-target.ts';

const worker = fileURLToPath(new URL('worker.ts', import.meta.url));
const silenceMs = 60_000;

export interface WorkerEnd {
  /** Undefined when it died, or only replayed an input. */
  readonly result: FuzzResult | undefined;
  readonly code: number | null;
  /** How it ended. */
  readonly died: string;
}

/** Runs `worker.ts` in a process of its own, which is ended when it says nothing for a minute. */
export async function runWorker(
  args: readonly string[],
  { preload = [], env = {} }: { preload?: readonly string[]; env?: NodeJS.ProcessEnv } = {},
): Promise<WorkerEnd> {
  const imports = [...preload, 'tsx'].flatMap((name) => ['--import', name]);
  const child = spawn(
    process.execPath,
    [...imports, '--conditions=@flowrpc/source', '--max-old-space-size=512', worker, ...args],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...env } },
  );
  let last: string | undefined;
  let silent = false;
  const dog = setTimeout(() => {
    silent = true;
    child.kill('SIGKILL');
  }, silenceMs);
  createInterface({ input: child.stdout }).on('line', (line) => {
    dog.refresh();
    if (line.startsWith('{')) last = line;
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  clearTimeout(dog);
  return {
    result: last === undefined ? undefined : (JSON.parse(last) as FuzzResult),
    code,
    died: silent ? `silent for ${silenceMs} ms` : `ended with ${signal ?? code}`,
  };
}
