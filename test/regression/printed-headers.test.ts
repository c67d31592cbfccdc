import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { runProgram } from '../program.ts';

const program = fileURLToPath(new URL('printed-headers.ts', import.meta.url));

test('a server cannot write to the terminal and the logs of its client; what is legal arrives', async () => {
  const [bare, ours] = await Promise.all([runProgram(program, ['bare']), runProgram(program, ['ours'])]);

  expect(bare.stderr).toContain('\u009b2J');
  expect(bare.stderr).toContain('of no legal name');
  expect(ours.stderr).toBe('');
  expect(JSON.parse(ours.stdout)).toEqual([5, ['x-fine'], ['x-fine']]);
});
