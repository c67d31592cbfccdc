import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const program = fileURLToPath(new URL('crash-programs.ts', import.meta.url));

async function run(name: string, side: 'bare' | 'ours'): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', '--conditions=@flowrpc/source', program, name, side], {
    timeout: 20_000,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

test.each([
  ['handler-rejects', 'a handler that rejects'],
  ['throw-on-data', 'a throw while requests are read'],
  ['lone-surrogate', 'a status message with a lone surrogate'],
  ['deadline-too-far', 'a deadline beyond 10^8 hours'],
  ['cancel-without-listener', 'a cancelled stream that nobody listens to'],
])('%s: %s kills a process with bare grpc-js, and none of ours', async (name) => {
  const [bare, ours] = await Promise.all([run(name, 'bare'), run(name, 'ours')]);

  expect(bare.code, bare.output).not.toBe(0);
  expect(ours.output).toContain('survived');
  expect(ours.code).toBe(0);
});
