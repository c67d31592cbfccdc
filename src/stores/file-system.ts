import * as node from 'node:fs/promises';
import { Code, type ErrorCode } from '../core/code.ts';
import type { StatusError } from '../core/status-error.ts';
import { quote } from '../wire/yaml/problem.ts';
import { refusal } from './store-error.ts';

/** What a file store asks of `node:fs/promises`; tests put faults in between. */
export type FileSystem = Pick<typeof node, 'mkdir' | 'open' | 'readdir' | 'realpath' | 'rename' | 'stat' | 'unlink'>;

export const nodeFileSystem: FileSystem = node;

/** `ENOENT` and the like; undefined for what no system call threw. */
export function errnoOf(error: unknown): string | undefined {
  const code: unknown = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** All bytes of a file. */
export async function readWhole(fs: FileSystem, path: string): Promise<Buffer> {
  const file = await fs.open(path, 'r');
  try {
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/** What the answer of a system call means for whoever asked the store: the code and the errno's own words. */
export function fileError(action: string, path: string, error: unknown): StatusError {
  const errno = errnoOf(error) ?? 'UNKNOWN';
  const said = error instanceof Error ? error.message : String(error);
  return refusal(codes[errno] ?? Code.UNAVAILABLE, errno, `Cannot ${action} ${quote(path)}: ${said}`, {}, error);
}

const codes: Readonly<Record<string, ErrorCode>> = {
  ENOENT: Code.NOT_FOUND,
  ENOTDIR: Code.NOT_FOUND,
  ENOSPC: Code.RESOURCE_EXHAUSTED,
  EDQUOT: Code.RESOURCE_EXHAUSTED,
  EMFILE: Code.RESOURCE_EXHAUSTED,
  ENFILE: Code.RESOURCE_EXHAUSTED,
  EROFS: Code.PERMISSION_DENIED,
  EACCES: Code.PERMISSION_DENIED,
  EPERM: Code.PERMISSION_DENIED,
};

const passing: ReadonlySet<string | undefined> = new Set(['EMFILE', 'ENFILE', 'EIO', 'EBUSY', 'EAGAIN']);

/** Runs something again, twice and with a pause, after an error that may pass by itself. */
export async function withRetries<T>(run: () => Promise<T>): Promise<T> {
  for (let pauseMs = 20; ; pauseMs *= 3) {
    try {
      return await run();
    } catch (error) {
      if (!passing.has(errnoOf(error)) || pauseMs > 60) throw error;
      await pause(pauseMs);
    }
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
