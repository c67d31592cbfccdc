import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

test('L-08 after everything was closed nothing is left open, no warning was given, and the process ends by itself', async () => {
  const program = fileURLToPath(new URL('quiet-exit.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', '--conditions=@flowrpc/source', program], {
    timeout: 15_000,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }

  const [code] = (await once(child, 'close')) as [number | null];

  expect(output).not.toContain('warning');
  expect(code, output).toBe(0);
});
