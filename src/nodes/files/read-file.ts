import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { Code } from '../../core/code.ts';
import { StatusError } from '../../core/status-error.ts';
import { ByteStream } from '../byte-stream.ts';
import type { NodeProcess } from '../node-context.ts';
import { asFileError, noFile } from './file-error.ts';
import type { Root } from './root.ts';

const chunkBytes = 64 * 1024;

/** All bytes of a file. RESOURCE_EXHAUSTED when they are more than `maxBytes`. */
export async function readBytes(root: Root, path: unknown, maxBytes: number): Promise<Uint8Array> {
  const file = await openFile(root, path);
  try {
    const chunks: Uint8Array[] = [];
    for await (const chunk of chunksOf(file, path, maxBytes)) chunks.push(chunk);
    return new Uint8Array(Buffer.concat(chunks));
  } finally {
    await file.close();
  }
}

/** The bytes of a file as they are read. The file is closed at their end, or with the process. */
export async function readStream(
  root: Root,
  path: unknown,
  maxBytes: number,
  process: NodeProcess,
): Promise<ByteStream> {
  const file = await openFile(root, path);
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => (closed ??= file.close().catch(() => {}));
  async function* closing(): AsyncGenerator<Uint8Array> {
    try {
      yield* chunksOf(file, path, maxBytes);
    } finally {
      await close();
    }
  }
  return new ByteStream(closing(), { cancel: () => void close() }).until(process);
}

/** Opens a plain file: pipes, devices and folders are refused, and nothing waits for them. */
async function openFile(root: Root, path: unknown): Promise<FileHandle> {
  const real = await root.existing(path);
  const file = await open(real, constants.O_RDONLY | noFollow | nonBlocking).catch((error: unknown) => {
    throw asFileError('read', String(path), error);
  });
  const isFile = await file.stat().then((stats) => stats.isFile());
  if (isFile) return file;
  await file.close();
  throw noFile('read', path);
}

async function* chunksOf(file: FileHandle, path: unknown, maxBytes: number): AsyncGenerator<Uint8Array> {
  let size = 0;
  for (;;) {
    const { bytesRead, buffer } = await file.read(new Uint8Array(chunkBytes), 0, chunkBytes);
    if (bytesRead === 0) return;
    size += bytesRead;
    // Its length says little: it may grow meanwhile, and some have none.
    if (size > maxBytes) throw tooLarge(path, maxBytes);
    yield buffer.subarray(0, bytesRead);
  }
}

function tooLarge(path: unknown, maxBytes: number): StatusError {
  return new StatusError(
    Code.RESOURCE_EXHAUSTED,
    `Cannot read ${JSON.stringify(path)}: it has more than ${maxBytes} bytes`,
  );
}

/** Windows has neither. */
const noFollow = constants.O_NOFOLLOW ?? 0;
const nonBlocking = constants.O_NONBLOCK ?? 0;
