import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { deserialize } from 'node:v8';
import { keepCrash, underWay } from './corpus.ts';
import { plants } from './plants/plants.ts';
import { runPlant } from './plants/run-plant.ts';
import { runWorker } from './run-worker.ts';
import { targets } from './target.ts';

/*
 * `npm run fuzz -- [target…] [--seconds 60] [--parallel 2] [--seed n]`: each target in a process of its own. Exit code 1 when one broke.
 * With `--plants` each has faults put in instead, one at a time, and must break.
 */

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '60' },
    parallel: { type: 'string', default: '2' },
    seed: { type: 'string' },
    plants: { type: 'boolean', default: false },
  },
});
const seed = values.seed ?? (values.plants ? '1' : String(Date.now() % 1_000_000));
const wanted = positionals.length === 0 ? Object.keys(targets) : positionals;
for (const name of wanted) {
  if (!(name in targets)) throw new Error(`Cannot fuzz "${name}": wanted one of ${Object.keys(targets).join(', ')}`);
}
console.log(`fuzz, Node ${process.versions.node}, seed ${seed}, ${values.seconds} s each`);
const queue = values.plants
  ? plants.filter(({ target }) => wanted.includes(target)).map((plant) => () => find(plant))
  : wanted.map((name) => () => fuzz(name));
await Promise.all(
  Array.from({ length: Number(values.parallel) }, async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) await next();
  }),
);

async function fuzz(name: string): Promise<void> {
  rmSync(underWay(name), { force: true });
  const { result, died } = await runWorker([name, '--seconds', values.seconds, '--seed', seed]);
  if (result !== undefined) {
    const { executions, blocks, inputs, failures, seconds } = result;
    const rate = Math.round(executions / seconds);
    console.log(
      `${name}: ${executions} executions (${rate}/s), ${blocks} blocks, ${inputs} inputs, ${failures.length} failures`,
    );
    for (const { file, error } of failures) console.log(`  ${file}\n    ${error.replaceAll('\n', '\n    ')}`);
    if (failures.length === 0) return;
  } else console.log(`${name}: ${died}\n${await culprit(name)}`);
  process.exitCode = 1;
}

async function find(plant: (typeof plants)[number]): Promise<void> {
  const { found, executions, seconds, said } = await runPlant(plant, {
    seconds: Number(values.seconds),
    seed: Number(seed),
  });
  console.log(
    `${plant.target}: ${plant.fault}: ${found ? 'found' : plant.hard ? 'not found, as before,' : 'NOT FOUND'} after ${executions} executions, ${seconds.toFixed(1)} s${found ? '' : `; ${said}`}`,
  );
  if (!found && !plant.hard) process.exitCode = 1;
}

/** Which input took the process with it: those that were under way, one process each. */
async function culprit(name: string): Promise<string> {
  const file = `${underWay(name)}.one`;
  if (!existsSync(underWay(name))) return '  before its first input';
  for (const input of deserialize(readFileSync(underWay(name))) as Uint8Array[]) {
    writeFileSync(file, input);
    const { code } = await runWorker([name, '--replay', file]);
    if (code === 0) continue;
    rmSync(file);
    return `  ${keepCrash(name, Buffer.from(input))}`;
  }
  return '  by none of its last inputs alone';
}
