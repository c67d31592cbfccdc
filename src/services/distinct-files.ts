import type { ProtoFile } from '../core/method.ts';
import { decodeFile, encodeFile } from '../wire/descriptor-file.ts';

/**
 * Files of several services side by side. Services loaded on their own may bring different files of one name, such as two
 * `service.proto` out of two folders: the later one gets a name of its own (`service.2.proto`), here and where it is imported.
 */
export class DistinctFiles {
  readonly byName = new Map<string, ProtoFile>();

  /** Adds a file and all it imports, in any order; gives the files that stand for them. */
  add(files: readonly ProtoFile[]): ProtoFile[] {
    const given = new Map(files.map((file) => [file.name, file]));
    const placed = new Map<string, ProtoFile>();
    const place = (file: ProtoFile): string => {
      const before = placed.get(file.name);
      if (before !== undefined) return before.name;
      // For the time of the walk, so that an import cycle ends.
      placed.set(file.name, file);
      const dependencies = file.dependencies.map((name) => {
        const dependency = given.get(name);
        return dependency === undefined ? name : place(dependency);
      });
      const moved = dependencies.some((name, i) => name !== file.dependencies[i]);
      const final = this.#put(moved ? rewritten(file, file.name, dependencies) : file);
      placed.set(file.name, final);
      return final.name;
    };
    for (const file of given.values()) place(file);
    return [...placed.values()];
  }

  #put(file: ProtoFile): ProtoFile {
    for (let n = 1; ; n++) {
      const name = n === 1 ? file.name : file.name.replace(/(\.proto)?$/, `.${n}$1`);
      const present = this.byName.get(name);
      if (present !== undefined && declareTheSame(present, file)) return present;
      if (present !== undefined) continue;
      const placed = n === 1 ? file : rewritten(file, name, file.dependencies);
      this.byName.set(name, placed);
      return placed;
    }
  }
}

function rewritten(file: ProtoFile, name: string, dependency: readonly string[]): ProtoFile {
  return encodeFile({ ...decodeFile(file), name, dependency: [...dependency] });
}

/** Compilers write one file with different options and hints; what counts is what it declares. */
function declareTheSame(one: ProtoFile, other: ProtoFile): boolean {
  if (one === other || Buffer.compare(one.bytes, other.bytes) === 0) return true;
  return declarations(one) === declarations(other);
}

function declarations(file: ProtoFile): string {
  return JSON.stringify({ ...decodeFile(file), name: '' }, (key, value) =>
    key === 'options' || key === 'jsonName' ? undefined : value,
  );
}
