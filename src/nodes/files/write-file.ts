import * as node from 'node:fs/promises';
import { Code } from '../../core/code.ts';
import { StatusError } from '../../core/status-error.ts';
import { atomicWrite } from '../../stores/atomic-write.ts';
import { isBytes } from '../../wire/value-kind.ts';
import { ByteStream } from '../byte-stream.ts';
import { jsonOf } from '../json-of.ts';
import { addTo } from './add-to.ts';
import { asFileError, noFile } from './file-error.ts';
import type { Root } from './root.ts';

const mode = 0o666;

/** Replaces a file, or makes it: whoever reads it sees the old or the new one. Gives how many bytes it has. */
export async function replaceFile(root: Root, path: unknown, data: unknown, maxBytes: number): Promise<number> {
  const target = await root.possible(path);
  await refuseFolder(target, path);
  const content = contentOf(data, path, maxBytes);
  await asStatus(path, () => atomicWrite(node, target, content.chunks, mode));
  return content.bytes;
}

/** Adds to a file, or makes it. Gives how many bytes were added. */
export async function appendFile(root: Root, path: unknown, data: unknown, maxBytes: number): Promise<number> {
  const target = await root.possible(path);
  const content = contentOf(data, path, maxBytes);
  await addTo(target, content.chunks, { action: 'write', shown: String(path), follow: false });
  return content.bytes;
}

/** Removes a file, or a link, but what the link leads to. */
export async function deleteFile(root: Root, path: unknown): Promise<void> {
  const target = await root.possible(path);
  await refuseFolder(target, path);
  await asStatus(path, () => node.unlink(target), 'delete');
}

async function refuseFolder(target: string, path: unknown): Promise<void> {
  const stats = await node.lstat(target).catch(() => undefined);
  if (stats !== undefined && !stats.isFile() && !stats.isSymbolicLink()) throw noFile('write', path);
}

async function asStatus(path: unknown, work: () => Promise<unknown>, action = 'write'): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw asFileError(action, String(path), error);
  }
}

interface Content {
  readonly chunks: Uint8Array | AsyncIterable<Uint8Array>;
  /** Known once the chunks were read. */
  readonly bytes: number;
}

/** Bytes and text as they are, streams as they come, anything else as JSON. */
function contentOf(data: unknown, path: unknown, maxBytes: number): Content {
  if (data instanceof ByteStream) return counted(data, path, maxBytes);
  const chunks = bytesOf(data);
  if (chunks.byteLength > maxBytes) throw tooLarge(path, maxBytes);
  return { chunks, bytes: chunks.byteLength };
}

function bytesOf(data: unknown): Uint8Array {
  if (typeof data === 'object' && data !== null && isBytes(data)) return data;
  return Buffer.from(typeof data === 'string' ? data : JSON.stringify(jsonOf(data)));
}

function counted(stream: ByteStream, path: unknown, maxBytes: number): Content {
  let bytes = 0;
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for await (const chunk of stream) {
      bytes += chunk.byteLength;
      if (bytes > maxBytes) throw tooLarge(path, maxBytes);
      yield chunk;
    }
  }
  return {
    chunks: chunks(),
    get bytes() {
      return bytes;
    },
  };
}

function tooLarge(path: unknown, maxBytes: number): StatusError {
  return new StatusError(
    Code.RESOURCE_EXHAUSTED,
    `Cannot write ${JSON.stringify(path)}: more than ${maxBytes} bytes came`,
  );
}
