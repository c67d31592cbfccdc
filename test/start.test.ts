import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { runProgram } from './program.ts';

const main = 'examples/start/main.ts';

test('npm start feeds the records of the file through both processes and the foreign service', async () => {
  const { code, stdout } = await runProgram(main, ['--once', '--any-port'], { timeoutMs: 60_000 });

  expect(stdout).toContain('Tokyo: 37.1 million people, 9557 km from Greenwich, northern half');
  expect(stdout).toContain('Longyearbyen: a town of 2400, 3040 km from Greenwich, northern half');
  expect(stdout).toContain('Nowhere: OUT_OF_RANGE: Nowhere is off the map: latitude 123.4');
  expect(stdout.match(/'default\.\w+'/g)).toEqual([
    "'default.town'",
    "'default.size'",
    "'default.locate'",
    "'default.intake'",
  ]);
  expect(code).toBe(0);
}, 70_000);

test('npm start keeps serving until Ctrl-C, then exits with 0 and leaves no process behind', async () => {
  const child = spawn(process.execPath, ['--import', 'tsx', '--conditions=@flowrpc/source', main, '--any-port'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let output = '';
  await new Promise<void>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      output += chunk;
      if (output.includes('Ctrl-C ends it')) resolve();
    });
  });
  const addresses = [...output.matchAll(/127\.0\.0\.1:\d+/g)].map(([address]) => address);

  child.kill('SIGINT');
  const [code] = (await once(child, 'exit')) as [number | null];

  expect(code).toBe(0);
  for (const address of new Set(addresses)) await expect(fetch(`http://${address}`)).rejects.toThrow();
}, 70_000);
