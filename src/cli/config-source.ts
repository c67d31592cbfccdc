import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { dropped, isRecord, type Report, type Rule } from '../graph/rules.ts';
import { formatPath, type Path } from '../wire/yaml/position.ts';

/** What a config file refers to. */
export interface ConfigSource {
  /** Where its relative paths start. */
  readonly dir: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** The path of a file, kept as an absolute one. Whether it is there is for whoever opens it. */
export function filePath({ dir }: ConfigSource): Rule {
  return {
    wanted: 'the path of a file',
    read: (value) => (isPath(value) ? resolve(dir, value) : undefined),
  };
}

/** `{ file: path }`, kept as what the file holds. */
export function fileText(source: ConfigSource): Rule {
  return outside(source, ['file'], 'a mapping such as { file: key.pem }');
}

/**
 * A secret, from an environment variable (`{ env: NAME }`) or a file (`{ file: path }`, without the line breaks at its end). One that
 * is written out is refused, and nothing of it is repeated.
 */
export function secret(source: ConfigSource): Rule {
  return outside(source, ['env', 'file'], '{ env: NAME } or { file: path }: a secret is not written here');
}

type Place = 'env' | 'file';

function outside(source: ConfigSource, places: readonly Place[], wanted: string): Rule {
  return {
    wanted,
    read(value, path, report) {
      const [[place, name] = [], ...more] = isRecord(value) ? Object.entries(value) : [];
      // What stands there instead may be the secret itself.
      if (!places.includes(place as Place) || !isPath(name) || more.length > 0) {
        report(`${formatPath(path)} cannot be used`, path, `wanted ${wanted}`);
        return dropped;
      }
      const found = place === 'env' ? fromEnvironment(source, name) : fromFile(source, name);
      return 'text' in found ? checked(found.text, name, path, report) : refused(found.reason, path, report);
    },
  };
}

type Found = { readonly text: string } | { readonly reason: string };

function fromEnvironment({ environment }: ConfigSource, name: string): Found {
  if (!/^[A-Za-z_]\w*$/.test(name)) return { reason: 'names no variable of the environment' };
  const text = environment[name];
  return text === undefined ? { reason: `is not there: the environment has no "${name}"` } : { text };
}

function fromFile({ dir }: ConfigSource, name: string): Found {
  const path = resolve(dir, name);
  try {
    return { text: readFileSync(path, 'utf8').replace(/[\r\n]+$/, '') };
  } catch (error) {
    return { reason: `cannot be read from "${path}" (${(error as NodeJS.ErrnoException).code})` };
  }
}

function checked(text: string, name: string, path: Path, report: Report): unknown {
  return text === '' ? refused(`is empty in "${name}"`, path, report) : text;
}

function refused(reason: string, path: Path, report: Report): typeof dropped {
  report(`${formatPath(path)} ${reason}`, path);
  return dropped;
}

function isPath(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && !value.includes('\0');
}
