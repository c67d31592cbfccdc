import { readFileSync } from 'node:fs';
import { fuzzTarget } from './fuzz-target.ts';
import { openTarget } from './target.ts';

/* One target in this process: `worker.ts <target> <seconds> <seed>` or `worker.ts <target> --replay <file>`. */

const [name = '', first = '', second = ''] = process.argv.slice(2);
if (first === '--replay') {
  const target = await openTarget(name);
  await target.run(readFileSync(second));
  await target.close?.();
} else {
  process.stdout.on('error', () => process.exit(1));
  let toldAt = 0;
  const tell = (): void => {
    if (Date.now() - toldAt < 1_000) return;
    toldAt = Date.now();
    process.stdout.write('.\n');
  };
  const result = await fuzzTarget(name, { seconds: Number(first), seed: Number(second), tell });
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
process.exit(0);
