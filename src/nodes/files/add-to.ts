import { constants } from 'node:fs';
import { type FileHandle, open, writeFile } from 'node:fs/promises';
import { asFileError, noFile } from './file-error.ts';

export interface AddOptions {
  /** What is done and to what, for messages. */
  readonly action: string;
  readonly shown: string;
  /** Whether the path may be a link, or of something else than a plain file. */
  readonly follow: boolean;
}

/** Adds bytes to a file, or makes it. What others add at the same time stands before or behind those that are there at once. */
export async function addTo(
  path: string,
  content: Uint8Array | AsyncIterable<Uint8Array>,
  { action, shown, follow }: AddOptions,
): Promise<void> {
  const { O_WRONLY, O_APPEND, O_CREAT, O_NONBLOCK = 0, O_NOFOLLOW = 0 } = constants;
  const flags = O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | (follow ? 0 : O_NOFOLLOW);
  try {
    const file = await open(path, flags, 0o666);
    try {
      if (!follow && !(await file.stat()).isFile()) throw noFile(action, shown);
      if (content instanceof Uint8Array) await addWhole(file, content);
      else await writeFile(file, content);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw asFileError(action, shown, error);
  }
}

async function addWhole(file: FileHandle, bytes: Uint8Array): Promise<void> {
  // `writeFile` would write half a megabyte at a time.
  for (let at = 0; at < bytes.byteLength; ) at += (await file.write(bytes, at)).bytesWritten;
}
