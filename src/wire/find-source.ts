import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A proto file that was found: its name is how other files import it. */
export interface FoundSource {
  readonly name: string;
  readonly path: string;
}

/** A file given by a user: a path that exists, or one inside an include directory. */
export function findEntry(path: string, includeDirs: readonly string[]): FoundSource {
  const full = resolve(path);
  if (existsSync(full)) {
    const dir = includeDirs.find((candidate) => isInside(full, resolve(candidate)));
    return { name: slashed(dir === undefined ? basename(full) : relative(resolve(dir), full)), path: full };
  }
  const found = isAbsolute(path) ? undefined : findImport(path, includeDirs);
  if (found !== undefined) return { name: slashed(path), path: found };
  throw new Error(`Cannot load "${path}": no such file ${lookedIn([process.cwd(), ...includeDirs])}`);
}

/** Where an imported file is, looking through directories in order and last at the files that come with this package. */
export function findImport(name: string, dirs: readonly string[]): string | undefined {
  return [...dirs, protoDir()].map((dir) => resolve(dir, name)).find((path) => existsSync(path));
}

/** ` (looked in "a", "b")` */
export function lookedIn(dirs: readonly string[]): string {
  return `(looked in ${[...new Set(dirs.map((dir) => resolve(dir)))].map((dir) => JSON.stringify(dir)).join(', ')})`;
}

export async function readSource(path: string): Promise<string> {
  return readFile(path, 'utf8');
}

/** The directory of standard proto files in this package: `google/`, `grpc/` and `flowrpc/`. */
export function protoDir(): string {
  let dir = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(dir, 'proto', 'google', 'rpc', 'status.proto'))) {
    const parent = dirname(dir);
    if (parent === dir) throw new Error('Cannot find the proto files of flowrpc: the package is incomplete');
    dir = parent;
  }
  return join(dir, 'proto');
}

function isInside(path: string, dir: string): boolean {
  const inner = relative(dir, path);
  return inner !== '' && !inner.startsWith('..') && !isAbsolute(inner);
}

function slashed(path: string): string {
  return path.replaceAll('\\', '/').replace(/^\.\//, '');
}
