import { createReadStream } from 'node:fs';

/** The bytes of a file as they are read; `-` is stdin. Errors name the file. */
export async function* readInput(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* path === '-' ? process.stdin : createReadStream(path);
  } catch (error) {
    throw new Error(`Cannot read ${inputName(path)}: ${reasonOf(error as NodeJS.ErrnoException)}`, { cause: error });
  }
}

/** A whole file, or stdin for `-`. Stops reading, with an error, once it is longer than `maxBytes`. */
export async function readWhole(path: string, { maxBytes = 16 * 1024 * 1024 } = {}): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of readInput(path)) {
    size += chunk.length;
    if (size > maxBytes) throw new Error(`Cannot read ${inputName(path)}: it is longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** How an input is called in messages. */
export function inputName(path: string): string {
  return path === '-' ? 'stdin' : `"${path}"`;
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EISDIR: 'it is a directory',
  EACCES: 'permission denied',
};

function reasonOf({ code = '', message }: NodeJS.ErrnoException): string {
  return reasons[code] ?? message;
}
