import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { TextInput } from '../format/text-input.ts';
import { asFileError } from './file-error.ts';

const chunkBytes = 16 * 1024;

/** A file that is scanned from where the last scan ended. Opened with the first one; what is added to the file later is read, too. */
export class ScannedFile {
  readonly input: TextInput;
  readonly #path: string;
  readonly #shown: string;
  #file: Promise<FileHandle> | undefined;

  constructor(path: string, shown: string) {
    this.#path = path;
    this.#shown = shown;
    this.input = new TextInput(() => this.#read());
  }

  async close(): Promise<void> {
    const file = await this.#file?.catch(() => undefined);
    this.#file = undefined;
    await file?.close();
  }

  async #read(): Promise<Uint8Array | undefined> {
    try {
      this.#file ??= open(this.#path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
      const { bytesRead, buffer } = await (await this.#file).read(new Uint8Array(chunkBytes), 0, chunkBytes);
      return bytesRead === 0 ? undefined : buffer.subarray(0, bytesRead);
    } catch (error) {
      this.#file = undefined;
      throw asFileError('scan', this.#shown, error);
    }
  }
}
