import { realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { Code } from '../../core/code.ts';
import { StatusError } from '../../core/status-error.ts';
import { asFileError } from './file-error.ts';

const maxPath = 4_096;

/** A folder that paths are looked up in, and that none of them leads out of: not by `..`, not by a link. */
export class Root {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * The path of a file that is there. INVALID_ARGUMENT for what is no path, NOT_FOUND, and PERMISSION_DENIED for one that leads out of the folder.
   */
  async existing(path: unknown): Promise<string> {
    const { folder, full } = await this.#within(path);
    const real = await realpath(full).catch((error: unknown) => {
      throw asFileError('find', String(path), error);
    });
    if (!isInside(folder, real)) throw outside(path);
    return real;
  }

  /** The path that a file has, or would have: its folder is there and the last part may be missing, or be a link. */
  async possible(path: unknown): Promise<string> {
    const { folder, full } = await this.#within(path);
    if (full === folder) return folder;
    const parent = await realpath(dirname(full)).catch((error: unknown) => {
      throw asFileError('find the folder of', String(path), error);
    });
    if (!isInside(folder, parent)) throw outside(path);
    return join(parent, basename(full));
  }

  /** As seen from the folder, with `/`. */
  async shown(path: string): Promise<string> {
    return (
      relative(await this.#real(), path)
        .split(sep)
        .join('/') || '.'
    );
  }

  async #within(path: unknown): Promise<{ folder: string; full: string }> {
    if (typeof path !== 'string' || path === '' || path.includes('\0') || path.length > maxPath)
      throw new StatusError(
        Code.INVALID_ARGUMENT,
        `Cannot use ${JSON.stringify(path)?.slice(0, 100)} as the path of a file: wanted text of at most ${maxPath} characters`,
      );
    const folder = await this.#real();
    const full = resolve(folder, path);
    if (isInside(folder, full)) return { folder, full };
    // Written with the name that the folder has by a link.
    if (isAbsolute(path) && isInside(this.#folder, full))
      return { folder, full: join(folder, relative(this.#folder, full)) };
    throw outside(path);
  }

  async #real(): Promise<string> {
    return await realpath(this.#folder).catch((error: unknown) => {
      throw asFileError('use root', basename(this.#folder), error);
    });
  }
}

function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

function outside(path: unknown): StatusError {
  return new StatusError(
    Code.PERMISSION_DENIED,
    `Cannot use ${JSON.stringify(path)}: it leads out of the folder that is allowed`,
  );
}
