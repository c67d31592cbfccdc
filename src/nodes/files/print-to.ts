import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { Code } from '../../core/code.ts';
import { StatusError } from '../../core/status.ts';
import { addWhole } from './add-whole.ts';
import { asFileError } from './file-error.ts';
import { type NamedFile, notFor } from './named-file.ts';

/** Adds text to a file, or writes it to a standard stream. `shown` is how messages name it. Gives how many bytes that was. */
export async function printTo(file: NamedFile, text: string, shown: string): Promise<number> {
  const bytes = Buffer.from(text);
  if ('path' in file) await addTo(file, bytes, shown);
  else if (file.stream === 'stdin') throw notFor('stdin', 'print to');
  else await writeTo(process[file.stream], bytes, shown);
  return bytes.byteLength;
}

async function addTo(
  { path, follow }: { path: string; follow: boolean },
  bytes: Uint8Array,
  shown: string,
): Promise<void> {
  const { O_WRONLY, O_APPEND, O_CREAT, O_NONBLOCK = 0, O_NOFOLLOW = 0 } = constants;
  const flags = O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | (follow ? 0 : O_NOFOLLOW);
  try {
    const file = await open(path, flags, 0o666);
    try {
      if (!follow && !(await file.stat()).isFile()) throw noFile(shown);
      await addWhole(file, bytes);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw asFileError('print to', shown, error);
  }
}

/** Resolves when the stream has taken the bytes, so that who prints much waits. */
function writeTo(stream: NodeJS.WriteStream, bytes: Uint8Array, shown: string): Promise<void> {
  return new Promise((resolve, reject) => {
    begin(stream);
    stream.write(bytes, (error) => {
      setImmediate(end, stream);
      if (error)
        reject(new StatusError(Code.UNAVAILABLE, `Cannot print to ${shown}: ${error.message}`, { cause: error }));
      else resolve();
    });
  });
}

/** How many writes are under way. */
const writing = new Map<NodeJS.WriteStream, number>();

/** Without a listener an error of the stream would end the program. */
function onError(): void {}

function begin(stream: NodeJS.WriteStream): void {
  const count = writing.get(stream) ?? 0;
  if (count === 0) stream.on('error', onError);
  writing.set(stream, count + 1);
}

function end(stream: NodeJS.WriteStream): void {
  const left = (writing.get(stream) ?? 1) - 1;
  writing.set(stream, left);
  if (left === 0) stream.off('error', onError);
}

function noFile(shown: string): StatusError {
  return new StatusError(Code.FAILED_PRECONDITION, `Cannot print to ${JSON.stringify(shown)}: it is no file`);
}
