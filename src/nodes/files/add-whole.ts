import type { FileHandle } from 'node:fs/promises';

/** Adds bytes to a file that is open for that, in one piece: what others add at the same time stands before or behind them. */
export async function addWhole(file: FileHandle, bytes: Uint8Array): Promise<void> {
  // `writeFile` would write half a megabyte at a time.
  for (let at = 0; at < bytes.byteLength; ) at += (await file.write(bytes, at)).bytesWritten;
}
