import { Code } from '../../core/code.ts';
import { StatusError } from '../../core/status-error.ts';
import { addTo } from './add-to.ts';
import { type NamedFile, notFor } from './named-file.ts';

/** Adds text to a file, or writes it to a standard stream. `shown` is how messages name it. Gives how many bytes that was. */
export async function printTo(file: NamedFile, text: string, shown: string): Promise<number> {
  const bytes = Buffer.from(text);
  if ('path' in file) await addTo(file.path, bytes, { action: 'print to', shown, follow: file.follow });
  else if (file.stream === 'stdin') throw notFor('stdin', 'print to');
  else await writeTo(process[file.stream], bytes, shown);
  return bytes.byteLength;
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
