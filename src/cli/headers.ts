import { Metadata } from '../core/metadata.ts';
import { UsageError } from './exit.ts';
import { readWhole } from './input.ts';
import { note } from './output.ts';

export interface HeaderOptions {
  /** As given: `key: value`, or `@file` with one on each line. */
  header?: readonly string[];
  /** Replace `${NAME}` in values by what the environment has. */
  expandHeaders?: boolean;
}

/** The metadata that `-H` asks for. Values under `-bin` keys are base64. Warns of secrets that other users of the machine can see. */
export async function readHeaders({ header = [], expandHeaders = false }: HeaderOptions): Promise<Metadata> {
  const metadata = new Metadata();
  for (const text of header) {
    if (text.startsWith('@')) {
      const lines = Buffer.from(await readWhole(text.slice(1), { maxBytes: 64 * 1024 }))
        .toString('utf8')
        .split(/\r?\n/);
      for (const line of lines) if (line.trim() !== '') append(metadata, line, expandHeaders);
    } else {
      if (isVisibleSecret(text, expandHeaders)) {
        note(
          `warning: Header "${keyOf(text)}" is visible to other users of this machine (ps): give it with -H @file, or with --expand-headers and \${NAME}`,
        );
      }
      append(metadata, text, expandHeaders);
    }
  }
  return metadata;
}

function append(metadata: Metadata, line: string, expand: boolean): void {
  const key = keyOf(line);
  // The value is not shown: it may be a secret.
  if (key === '') throw new UsageError('Cannot read a header: wanted "key: value"');
  const text = line.slice(line.indexOf(':') + 1).trim();
  const value = expand ? expanded(text, key) : text;
  try {
    metadata.append(key, key.toLowerCase().endsWith('-bin') ? bytesOf(value, key) : (value as never));
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}

function keyOf(line: string): string {
  return line.slice(0, Math.max(line.indexOf(':'), 0)).trim();
}

function bytesOf(text: string, key: string): never {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw new UsageError(`Cannot read header "${key}": wanted base64`);
  return Buffer.from(text, 'base64') as never;
}

function expanded(text: string, key: string): string {
  return text.replace(/\$\{(\w+)\}/g, (_, name: string) => {
    const value = process.env[name];
    if (value === undefined) throw new UsageError(`Cannot read header "${key}": the environment has no "${name}"`);
    return value;
  });
}

/** Warns of values given as arguments, by their names, that other users of the machine can see. */
export function warnOfVisible(values: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(values)) {
    if (!secretNames.test(name) || process.env[name] === value) continue;
    note(
      `warning: "-e ${name}=…" is visible to other users of this machine (ps): give -e ${name} and set it in the environment`,
    );
  }
}

const secretNames = /(^|_)(token|secret|password|passwd|passphrase|credentials?|private_?key|api_?key)(_|$)/i;
const secretKeys = /^(proxy-)?authorization$|cookie|token|secret|password|api-?key/i;

function isVisibleSecret(line: string, expand: boolean): boolean {
  return secretKeys.test(keyOf(line)) && !(expand && line.includes('${'));
}
