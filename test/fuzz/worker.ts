import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { fuzzTarget } from './fuzz-target.ts';
import { openTarget } from './target.ts';

/* One target in this process: `worker.ts <target> [options]` or `worker.ts <target> --replay <file>`. Its last line is the result as JSON. */

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    replay: { type: 'string' },
    seconds: { type: 'string', default: '60' },
    executions: { type: 'string', default: 'Infinity' },
    failures: { type: 'string', default: '5' },
    seed: { type: 'string', default: '1' },
    'seeds-only': { type: 'boolean', default: false },
  },
});
const [name = ''] = positionals;
if (values.replay !== undefined) {
  const target = await openTarget(name);
  await target.run(readFileSync(values.replay));
  await target.close?.();
} else {
  process.stdout.on('error', () => process.exit(1));
  let toldAt = 0;
  const tell = (): void => {
    if (Date.now() - toldAt < 1_000) return;
    toldAt = Date.now();
    process.stdout.write('.\n');
  };
  const result = await fuzzTarget(name, {
    seconds: Number(values.seconds),
    executions: Number(values.executions),
    failures: Number(values.failures),
    seed: Number(values.seed),
    seedsOnly: values['seeds-only'],
    tell,
  });
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
process.exit(0);
