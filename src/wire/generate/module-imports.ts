import type { FileDescriptor } from '../descriptor.ts';
import { decodeFile } from '../descriptor-file.ts';
import type { DescriptorIndex } from '../descriptor-index.ts';
import { identifiers, modulePath } from './names.ts';

/** Collects what a generated module takes from others while its text is written. */
export class ModuleImports {
  readonly #file: FileDescriptor;
  readonly #index: DescriptorIndex;
  readonly #extension: string;
  readonly #own: ReadonlyMap<string, string>;
  /** Types by module, as `Name` or `Name as Alias`. */
  readonly #types = new Map<string, Map<string, string>>();
  readonly #taken: Set<string>;

  constructor(file: FileDescriptor, index: DescriptorIndex, extension: string) {
    this.#file = file;
    this.#index = index;
    this.#extension = extension;
    this.#own = identifiers(file);
    this.#taken = new Set(this.#own.values());
  }

  /** The identifier of a type by full name, imported when another file declares it. */
  type(fullName: string): string {
    const own = this.#own.get(fullName);
    if (own !== undefined) return own;
    const from = this.#index.symbols.get(fullName)!;
    const known = this.#types.get(from) ?? new Map<string, string>();
    this.#types.set(from, known);
    const original = identifiers(decodeFile(this.#index.files.get(from)!)).get(fullName)!;
    let alias = known.get(original);
    if (alias === undefined) {
      alias = original;
      while (this.#taken.has(alias)) alias += '$';
      this.#taken.add(alias);
      known.set(original, alias);
    }
    return alias;
  }

  /** What stands for the descriptors of an imported file. */
  fileOf(dependency: string): string {
    return `file_${dependency.replace(/\.proto$/, '').replace(/\W/g, '_')}`;
  }

  /** The import statements. */
  text(): string {
    const modules = new Set([...this.#file.dependency, ...this.#types.keys()]);
    return [...modules]
      .sort()
      .map((from) => {
        const file = this.#file.dependency.includes(from) ? [`file as ${this.fileOf(from)}`] : [];
        const types = [...(this.#types.get(from) ?? [])]
          .sort()
          .map(([name, alias]) => (name === alias ? name : `${name} as ${alias}`));
        const path = modulePath(this.#file.name, from, this.#extension);
        if (file.length === 0) return `import type { ${types.join(', ')} } from '${path}';\n`;
        return `import { ${[...file, ...types.map((type) => `type ${type}`)].join(', ')} } from '${path}';\n`;
      })
      .join('');
  }
}
