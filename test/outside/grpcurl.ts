import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface ToolResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program that `.ci/tools` built. */
export async function tool(name: string, args: readonly string[], input = ''): Promise<ToolResult> {
  const child = spawn(`.tools/bin/${name}`, args, { stdio: ['pipe', 'pipe', 'pipe'], timeout: 30_000 });
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

export function grpcurl(...args: readonly string[]): Promise<ToolResult> {
  return tool('grpcurl', ['-plaintext', ...args]);
}
