import { generate as generateModules } from '../wire/index.ts';
import { jsonLine, print } from './output.ts';

export interface GenerateCommandOptions {
  out: string;
  import?: readonly string[];
  int64?: 'bigint' | 'string';
  runtime?: string;
  extension?: '.js' | '.ts' | '';
  json?: boolean;
}

/** `flowrpc generate FILE… --out DIR`: a typed module for each proto file and what it imports. */
export async function generate(files: readonly string[], options: GenerateCommandOptions): Promise<void> {
  const written = await generateModules({
    files,
    outDir: options.out,
    includeDirs: options.import,
    int64: options.int64,
    runtime: options.runtime,
    importExtension: options.extension,
  });
  if (options.json) await print(jsonLine(written));
  else for (const path of written) await print(path);
}
