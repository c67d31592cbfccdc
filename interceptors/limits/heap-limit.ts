import { getHeapStatistics } from 'node:v8';
import { resourceLimits } from 'node:worker_threads';

const mebibyte = 2 ** 20;

/**
 * How many bytes V8 may keep of what is not young any more: at this limit it ends the process. `heap_size_limit` is more, by as much as
 * young objects may take in addition, which nothing tells.
 */
export function heapLimit(
  flags: readonly string[] = [...(process.env.NODE_OPTIONS ?? '').split(/\s+/), ...process.execArgv],
): number {
  const { maxOldGenerationSizeMb } = resourceLimits;
  if (maxOldGenerationSizeMb !== undefined && maxOldGenerationSizeMb > 0) return maxOldGenerationSizeMb * mebibyte;
  const old = mebibytesOf('max-old-space-size', flags);
  if (old !== undefined) return old * mebibyte;
  const semi = mebibytesOf('max-semi-space-size', flags) ?? defaultSemiSpace();
  const { heap_size_limit: limit } = getHeapStatistics();
  return Math.max(limit - 3 * semi * mebibyte, limit / 2);
}

/** V8 takes 48 MiB for young objects; from 13 on, as of Node 24, 192 MiB. */
function defaultSemiSpace(): number {
  return Number.parseInt(process.versions.v8, 10) >= 13 ? 64 : 16;
}

/** The last one holds; V8 takes `_` for `-`, and the value behind a space or `=`. */
function mebibytesOf(name: string, flags: readonly string[]): number | undefined {
  let found: number | undefined;
  for (const [index, flag] of flags.entries()) {
    const [written = '', value = flags[index + 1]] = flag.split('=');
    if (written.replaceAll('_', '-') !== `--${name}`) continue;
    const size = Number(value);
    if (size > 0) found = size;
  }
  return found;
}
