import { readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { claim } from '../../../src/nodes/sql/sqlite-claim.ts';

// Claims the files that it is called with, together with two others, and prints those that it got.
const files = process.argv.slice(2);
const folder = dirname(files[0]!);

/** Resolves once all three are so far. */
async function together(step: string): Promise<void> {
  writeFileSync(join(folder, `${step}-${process.pid}`), '');
  while (readdirSync(folder).filter((name) => name.startsWith(`${step}-`)).length < 3) await sleep(1);
}

for (const [index, file] of files.entries()) {
  await together(`file${index}`);
  await claim(file).then(
    () => console.log(file),
    () => {},
  );
}
await together('end');
