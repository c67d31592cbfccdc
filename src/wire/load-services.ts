import type { Service } from '../core/method.ts';
import { checkOptions } from '../core/options.ts';
import { type CodecOptions, codecStyle } from './codec-options.ts';
import { type LoadFilesOptions, loadFiles } from './load-files.ts';
import { servicesFromFiles } from './services-from-files.ts';

export interface LoadOptions extends CodecOptions, LoadFilesOptions {}

/**
 * Reads proto files at run time: every service that they or their imports declare, by full name.
 * A bad file is an error with its name and line; a missing import says where it was looked for.
 */
export async function loadServices(
  paths: string | readonly string[],
  options: LoadOptions = {},
): Promise<Record<string, Service>> {
  checkOptions('loadServices', options, ['int64', 'includeDirs']);
  const { includeDirs, ...codec } = options;
  codecStyle(codec);
  return servicesFromFiles(await loadFiles(paths, { includeDirs }), codec);
}
