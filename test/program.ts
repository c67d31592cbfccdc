import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface ProgramResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProgramOptions {
  /** Of its stdin. */
  readonly input?: string;
  /** After which it is ended. */
  readonly timeoutMs?: number;
}

/** Runs a TypeScript program as users of the repository do. */
export function runProgram(
  file: string,
  args: readonly string[] = [],
  options: ProgramOptions = {},
): Promise<ProgramResult> {
  return runNode(['--import', 'tsx', '--conditions=@flowrpc/source', file, ...args], options);
}

/** Runs node to its end. */
export async function runNode(
  args: readonly string[],
  { input = '', timeoutMs = 30_000 }: ProgramOptions = {},
): Promise<ProgramResult> {
  const child = spawn(process.execPath, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: timeoutMs,
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    output.stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    output.stderr += chunk;
  });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...output };
}
