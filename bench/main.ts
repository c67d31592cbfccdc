import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';

/** `npm run bench -- NAME [--quick]`: prints tables of ratios and writes the figures as JSON to `.tools/bench/NAME.json`. */
const [name = 'unary', ...flags] = process.argv.slice(2);
const quick = flags.includes('--quick');

const benches: Readonly<Record<string, () => Promise<unknown>>> = {
  unary: async () =>
    (await import('./unary.ts')).unary(quick ? { rounds: 3, sizes: [64], concurrencies: [32], runMs: 1_000 } : {}),
  'in-process': async () => (await import('./in-process.ts')).inProcessCalls(),
  interceptors: async () => (await import('./interceptor-costs.ts')).interceptorCosts(quick ? { rounds: 5 } : {}),
  edges: async () => (await import('./edges.ts')).edges(),
  graph: async () => (await import('./graph.ts')).graph({ quick }),
  ping: async () => (await import('./ping.ts')).ping(quick ? { rounds: 3, seconds: 2 } : {}),
};

const bench = benches[name];
if (bench === undefined) {
  console.error(`Cannot run bench "${name}": wanted one of ${Object.keys(benches).join(', ')}`);
  process.exit(2);
}
console.log(
  `node ${process.version}, ${cpus().length} cores, ${cpus()[0]?.model.trim()}, ${new Date().toISOString().slice(0, 10)}`,
);
const figures = await bench();
mkdirSync('.tools/bench', { recursive: true });
writeFileSync(
  `.tools/bench/${name}.json`,
  `${JSON.stringify({ node: process.version, date: new Date().toISOString(), figures }, null, 2)}\n`,
);
process.exit(0);
