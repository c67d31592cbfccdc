import { dirname } from 'node:path';
import type { ProtoFile } from '../core/method.ts';
import { checkOptions } from '../core/options.ts';
import { decodeFile, encodeFile } from './descriptor-file.ts';
import { type DescriptorIndex, descriptorIndex } from './descriptor-index.ts';
import { type FoundSource, findEntry, findImport, lookedIn, readSource } from './find-source.ts';
import { hasCustomOptions, interpretCustomOptions, interpretStandardOptions } from './parse/interpret-options.ts';
import { type ParsedProto, parseProto } from './parse/parse-proto.ts';
import { resolveNames } from './parse/resolve-names.ts';
import { symbolDocs } from './parse/symbol-docs.ts';
import { ProtoSyntaxError } from './parse/token.ts';

export interface LoadFilesOptions {
  /** Where imports are looked for first, in this order; then beside the importing file and among the standard files of this package. */
  includeDirs?: readonly string[];
}

/** Proto files with what only their text knows. */
export interface LoadedFiles {
  /** Dependencies before those who import them. */
  readonly files: readonly ProtoFile[];
  /** Names of the files that were asked for. */
  readonly entries: readonly string[];
  /** Comments by full name; those of enum values are under their enum. */
  readonly docs: ReadonlyMap<string, string>;
}

/** Reads proto files and all they import; the result has dependencies first. */
export async function loadFiles(
  paths: string | readonly string[],
  options: LoadFilesOptions = {},
): Promise<ProtoFile[]> {
  return [...(await loadSources(paths, options)).files];
}

/** Like `loadFiles`, with comments. */
export async function loadSources(
  paths: string | readonly string[],
  options: LoadFilesOptions = {},
): Promise<LoadedFiles> {
  checkOptions('loadFiles', options, ['includeDirs']);
  const includeDirs = options.includeDirs ?? [];
  const entries = (typeof paths === 'string' ? [paths] : paths).map((path) => findEntry(path, includeDirs));
  const loading = new Loading([...includeDirs, ...entries.map(({ path }) => dirname(path))]);
  for (const entry of entries) await loading.add(entry, []);
  return { files: [...loading.files.values()], entries: entries.map(({ name }) => name), docs: loading.docs };
}

class Loading {
  readonly files = new Map<string, ProtoFile>();
  readonly docs = new Map<string, string>();
  readonly #dirs: readonly string[];
  readonly #indexes = new Map<string, DescriptorIndex>();

  constructor(dirs: readonly string[]) {
    this.#dirs = dirs;
  }

  async add({ name, path }: FoundSource, trail: readonly string[]): Promise<void> {
    if (this.files.has(name)) return;
    const proto = parseProto(await readSource(path), name);
    for (const { name: wanted, line } of proto.imports) {
      if (wanted === name || trail.includes(wanted)) {
        throw new ProtoSyntaxError(
          name,
          line,
          `import cycle ${[...trail.slice(trail.indexOf(wanted)), name, wanted].join(' → ')}`,
        );
      }
      const dirs = [...this.#dirs, dirname(path)];
      const found = findImport(wanted, dirs);
      if (found === undefined)
        throw new ProtoSyntaxError(name, line, `import "${wanted}" was not found ${lookedIn(dirs)}`);
      await this.add({ name: wanted, path: found }, [...trail, name]);
    }
    this.#link(name, proto);
  }

  #link(name: string, proto: ParsedProto): void {
    const { descriptor } = proto;
    const imported = descriptor.dependency.map((dependency) => this.#indexes.get(dependency)!);
    resolveNames(proto, descriptorIndex([], imported), this.#visible(descriptor.dependency));
    for (const [symbol, doc] of symbolDocs(proto)) this.docs.set(symbol, doc);
    interpretStandardOptions(proto);
    let file = encodeFile(descriptor);
    let index = descriptorIndex([file], imported);
    if (hasCustomOptions(proto)) {
      interpretCustomOptions(proto, index);
      file = encodeFile(descriptor);
      index = descriptorIndex([file], imported);
    }
    this.files.set(name, file);
    this.#indexes.set(name, index);
  }

  /** Names of the files a file sees: its imports, and what those import publicly. */
  #visible(imports: readonly string[], visible = new Set<string>()): Set<string> {
    for (const name of imports) {
      if (visible.has(name)) continue;
      visible.add(name);
      const { dependency, publicDependency } = decodeFile(this.files.get(name)!);
      this.#visible(
        publicDependency.map((i) => dependency[i]!),
        visible,
      );
    }
    return visible;
  }
}
