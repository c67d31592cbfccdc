import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { checkOptions } from '../../core/options.ts';
import { type CodecOptions, codecStyle } from '../codec-options.ts';
import { descriptorIndex } from '../descriptor-index.ts';
import { loadSources } from '../load-files.ts';
import { moduleText } from './module-text.ts';

export interface GenerateOptions extends CodecOptions {
  /** Proto files to generate for; what they import is generated too. */
  files: readonly string[];
  /** Where modules go, in folders like those of the proto files. */
  outDir: string;
  includeDirs?: readonly string[];
  /** What generated modules import `defineFile` and the types from; a path starting with `.` is relative to `outDir`. */
  runtime?: string;
  /** How generated modules import each other; `.js` is right for modules that are compiled, `.ts` for sources that run as they are. */
  importExtension?: '.js' | '.ts' | '';
}

/** Writes one typed module per proto file and returns the paths written. The same input always gives the same text. */
export async function generate(options: GenerateOptions): Promise<string[]> {
  checkOptions('generate', options, ['files', 'outDir', 'includeDirs', 'int64', 'runtime', 'importExtension']);
  const { files: paths, outDir, includeDirs = [], runtime = 'flowrpc', importExtension = '.js', int64 } = options;
  const style = codecStyle({ int64 });
  if (paths.length === 0) throw new TypeError('Cannot generate: no proto files were given');

  const { files, docs } = await loadSources(paths, { includeDirs });
  const index = descriptorIndex(files);
  const written: string[] = [];
  for (const { name } of files) {
    const path = join(outDir, `${name.replace(/\.proto$/, '')}.ts`);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, moduleText({ index, docs, style, runtime, importExtension }, name));
    written.push(path);
  }
  return written;
}
