import { isAbsolute, resolve } from 'node:path';
import { Code } from '../../core/code.ts';
import { StatusError } from '../../core/status-error.ts';
import { Root } from './root.ts';

export type StandardStream = 'stdin' | 'stdout' | 'stderr';

/** A file of a spec or a packet: one of the standard streams, or a path, which may be a link that is followed. */
export type NamedFile = { readonly stream: StandardStream } | { readonly path: string; readonly follow: boolean };

/** The standard stream that a name stands for: `stdout`, `/dev/stdout`. */
export function streamOf(name: unknown): StandardStream | undefined {
  const short = typeof name === 'string' ? name.replace(/^\/dev\//, '') : '';
  return short === 'stdin' || short === 'stdout' || short === 'stderr' ? short : undefined;
}

/** Finds files by name: that of the spec is trusted, those of packets must be inside of a folder. */
export class FileNames {
  readonly #baseDir: string;
  readonly #root: Root | undefined;

  /** Without `root` packets may name standard streams alone. */
  constructor(baseDir: string, root: string | undefined) {
    this.#baseDir = baseDir;
    this.#root = root === undefined ? undefined : new Root(resolve(baseDir, root));
  }

  fixed(name: string): NamedFile {
    const stream = streamOf(name);
    if (stream !== undefined) return { stream };
    return { path: isAbsolute(name) ? name : resolve(this.#baseDir, name), follow: true };
  }

  /** `existing`: it must be there. */
  async given(name: unknown, existing: boolean): Promise<NamedFile> {
    const stream = streamOf(name);
    if (stream !== undefined) return { stream };
    if (this.#root === undefined)
      throw new StatusError(
        Code.PERMISSION_DENIED,
        `Cannot use ${JSON.stringify(name)?.slice(0, 100)}: files that packets name must be in "root", which the node does not have`,
      );
    return { path: existing ? await this.#root.existing(name) : await this.#root.possible(name), follow: false };
  }
}

export function notFor(stream: StandardStream, action: string): StatusError {
  return new StatusError(Code.INVALID_ARGUMENT, `Cannot ${action} ${stream}`);
}
