import { readFileSync } from 'node:fs';

/** What the lock file says of one package. */
export interface Locked {
  /** Where npm puts it. */
  readonly path: string;
  readonly name: string;
  readonly version: string;
  readonly resolved: string | undefined;
  readonly integrity: string | undefined;
  readonly license: string | undefined;
  readonly link: boolean;
  /** Whether it wants to run a program when it is installed. */
  readonly script: boolean;
  /** Whether users of flowrpc get it, and not we alone. */
  readonly shipped: boolean;
}

interface Entry {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly license?: string;
  readonly link?: boolean;
  readonly hasInstallScript?: boolean;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
}

export function lockedPackages(file = 'package-lock.json'): Locked[] {
  const { packages } = JSON.parse(readFileSync(file, 'utf8')) as { packages: Record<string, Entry> };
  return Object.entries(packages)
    .filter(([path]) => path !== '')
    .map(([path, entry]) => ({
      path,
      name: path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
      version: entry.version ?? '',
      resolved: entry.resolved,
      integrity: entry.integrity,
      license: entry.license,
      link: entry.link ?? false,
      script: entry.hasInstallScript ?? false,
      shipped: entry.dev !== true && entry.devOptional !== true,
    }));
}

/** Whether a version is at least another one; what follows a `-` comes before the version without it. */
export function atLeast(version: string, floor: string): boolean {
  const numbers = (text: string): number[] =>
    text
      .replace(/[-+].*/, '')
      .split('.')
      .map(Number);
  const [ours, wanted] = [numbers(version), numbers(floor)];
  for (let index = 0; index < 3; index++) {
    const difference = (ours[index] ?? 0) - (wanted[index] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return !version.includes('-');
}
