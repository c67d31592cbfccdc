import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { deserialize } from 'node:v8';
import { keepCrash, underWay } from './corpus.ts';
import type { FuzzResult } from './fuzz-target.ts';
import { targets } from './target.ts';

/* `npm run fuzz -- [target…] [--seconds 60] [--parallel 2] [--seed n]`: each target in a process of its own. Exit code 1 when one broke. */

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '60' },
    parallel: { type: 'string', default: '2' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const worker = fileURLToPath(new URL('worker.ts', import.meta.url));
const silenceMs = 30_000;
const wanted = positionals.length === 0 ? Object.keys(targets) : positionals;
for (const name of wanted) {
  if (!(name in targets)) throw new Error(`Cannot fuzz "${name}": wanted one of ${Object.keys(targets).join(', ')}`);
}
console.log(`fuzz, Node ${process.versions.node}, seed ${values.seed}, ${values.seconds} s each`);
const queue = [...wanted];
await Promise.all(
  Array.from({ length: Number(values.parallel) }, async () => {
    for (let name = queue.shift(); name !== undefined; name = queue.shift()) await fuzz(name);
  }),
);

async function fuzz(name: string): Promise<void> {
  rmSync(underWay(name), { force: true });
  const { lines, died } = await run([name, values.seconds, values.seed]);
  const last = lines.findLast((line) => line.startsWith('{'));
  if (last !== undefined) {
    const { executions, blocks, inputs, failures } = JSON.parse(last) as FuzzResult;
    console.log(`${name}: ${executions} executions, ${blocks} blocks, ${inputs} inputs, ${failures.length} failures`);
    for (const { file, error } of failures) console.log(`  ${file}\n    ${error.replaceAll('\n', '\n    ')}`);
    if (failures.length === 0) return;
  } else console.log(`${name}: ${died}\n${await culprit(name)}`);
  process.exitCode = 1;
}

/** Which input took the process with it: those that were under way, one process each. */
async function culprit(name: string): Promise<string> {
  const file = `${underWay(name)}.one`;
  if (!existsSync(underWay(name))) return '  before its first input';
  for (const input of deserialize(readFileSync(underWay(name))) as Uint8Array[]) {
    writeFileSync(file, input);
    const { code } = await run([name, '--replay', file]);
    if (code === 0) continue;
    rmSync(file);
    return `  ${keepCrash(name, Buffer.from(input))}`;
  }
  return '  by none of its last inputs alone';
}

async function run(args: string[]): Promise<{ lines: string[]; code: number | null; died: string }> {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', '--conditions=@flowrpc/source', '--max-old-space-size=512', worker, ...args],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const lines: string[] = [];
  let silent = false;
  const dog = setTimeout(() => {
    silent = true;
    child.kill('SIGKILL');
  }, silenceMs);
  createInterface({ input: child.stdout }).on('line', (line) => {
    dog.refresh();
    if (line !== '.') lines.push(line);
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  clearTimeout(dog);
  return { lines, code, died: silent ? `silent for ${silenceMs} ms` : `ended with ${signal ?? code}` };
}
