import { type ReadFiles, readServedFiles } from './serve-files.ts';

export interface SpecOptions {
  namespace?: string;
  /** Values given with `-e`. */
  env?: Readonly<Record<string, string>>;
  /** Files of stored values. */
  fromValues?: readonly string[];
  json?: boolean;
}

/** The nodes and values of all files together, and what is wrong with the text; `-` is stdin. */
export async function readSpecFiles(
  paths: readonly string[],
  { namespace, fromValues = [] }: SpecOptions,
): Promise<ReadFiles> {
  const { read } = await readServedFiles({ specs: paths, values: fromValues }, namespace);
  return read;
}
