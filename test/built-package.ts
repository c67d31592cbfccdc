import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const folder = join('.tools', 'built', String(process.pid));

/** Once for all tests: the package as it is published, in which programs start in a third of the time. Types are what `npm run types` looks at. */
export function setup(): void {
  mkdirSync(folder, { recursive: true });
  for (const name of ['package.json', 'proto']) cpSync(name, join(folder, name), { recursive: true });
  const compiler = ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json', '--noEmit', 'false'];
  const plain = ['--noCheck', '--declaration', 'false', '--outDir', join(folder, 'dist')];
  execFileSync(process.execPath, [...compiler, ...plain], { stdio: 'inherit' });
  process.env.BUILT_PACKAGE = join(process.cwd(), folder);
}

export function teardown(): void {
  rmSync(folder, { recursive: true, force: true });
}
