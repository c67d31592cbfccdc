import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { bareChurns } from './bare-churns.ts';
import { churns } from './churns.ts';
import { judge, type Part, type PartResult } from './part.ts';
import { soakCalls } from './soak-calls.ts';
import { soakChurn } from './soak-churn.ts';
import { keep, writeTable } from './soak-table.ts';

/*
 * `npm run soak [-- --calls 10000000] [--max-seconds n] [--part calls] [--plant bytes] [--table]`: calls and churns, and what they leave behind. Exit
 * code 1 when that grows, when a call ended otherwise than it should have, or when the process was warned of something. Each part has a process of its
 * own, the calls beside the churns. `--plant` leaks, which has to be seen; `--table` runs nothing and writes the last result into docs/reliability.md.
 */

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '10000000' },
    'max-seconds': { type: 'string', default: 'Infinity' },
    part: { type: 'string', multiple: true },
    plant: { type: 'string' },
    table: { type: 'boolean', default: false },
    here: { type: 'boolean', default: false },
  },
});
const calls = Number(values.calls);
const maxMs = Number(values['max-seconds']) * 1_000;
if (!(calls >= 1_000) || !(maxMs > 0))
  throw new Error('Cannot soak: wanted --calls of 1000 or more, --max-seconds above 0');

const parts: readonly Part[] = [soakCalls, ...churns.map(soakChurn), ...bareChurns.map(soakChurn)];
const names = parts.map(({ name }) => name);
const chosen = parts.filter(({ name }) => values.part?.includes(name) ?? true);
if (chosen.length < (values.part?.length ?? 1))
  throw new Error(`Cannot soak part "${values.part?.join('", "')}": wanted ${names.join(', ')}`);

if (values.table) writeTable('docs/reliability.md');
else if (values.here) await runHere(chosen[0]!);
else await runAll();

async function runAll(): Promise<void> {
  console.log(`soak, Node ${process.versions.node}, ${calls} calls`);
  const [first, ...rest] = chosen;
  const results = (await Promise.all([inTurn([first!]), inTurn(rest)])).flat();
  for (const { name, failures } of results) for (const failure of failures) console.log(`FAILED: ${name}: ${failure}`);
  mkdirSync('.tools', { recursive: true });
  const command = `npm run soak -- ${process.argv.slice(2).join(' ')}`.replace(/ -- $/, '');
  const date = new Date().toISOString();
  if (values.plant === undefined && values.part === undefined)
    keep({ date, node: process.versions.node, command, parts: results });
  process.exitCode = results.every(({ failures }) => failures.length === 0) ? 0 : 1;
}

async function inTurn(several: readonly Part[]): Promise<PartResult[]> {
  const results: PartResult[] = [];
  for (const { name } of several) {
    const result = await runApart(name, maxMs / several.length);
    results.push(result);
    const { done, wanted, noise, bytesPer1000, externalPer1000, seconds } = result;
    const all = done < wanted ? ` of ${wanted}` : '';
    const left = noise
      ? 'less than a MiB left in all'
      : `${bytesPer1000} bytes of heap left by 1,000, ${externalPer1000} outside`;
    console.log(`${name}: ${done}${all} done, ${left} (${seconds} s)`);
    console.log(JSON.stringify(result));
  }
  return results;
}

/** In a process of its own, so that no part pays for what another left. */
function runApart(name: string, partMs: number): Promise<PartResult> {
  const plant = values.plant === undefined ? [] : ['--plant', values.plant];
  const own = ['--here', '--part', name, '--calls', `${calls}`, '--max-seconds', `${partMs / 1_000}`, ...plant];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [...process.execArgv, process.argv[1]!, ...own], (error, stdout, stderr) => {
      try {
        resolve(JSON.parse(stdout) as PartResult);
      } catch {
        reject(new Error(`Cannot soak ${name}: ${error?.message ?? 'it said nothing'}\n${stderr}`));
      }
    });
  });
}

async function runHere({ name, run }: Part): Promise<void> {
  const warnings: string[] = [];
  process.on('warning', (warning) => warnings.push(`${warning.name}: ${warning.message}`));
  const startedAt = performance.now();
  const result = await run({ calls, maxMs, plant: values.plant });
  const failures = [...result.failures, ...warnings];
  console.log(
    JSON.stringify(judge(name, { ...result, failures }, Math.round((performance.now() - startedAt) / 1_000))),
  );
  process.exit();
}
