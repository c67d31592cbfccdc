import type { ProtoFile, Service } from '../core/method.ts';
import { type DescriptorIndex, descriptorIndex } from '../wire/index.ts';
import { DistinctFiles } from './distinct-files.ts';
import { standardFiles } from './standard-files.ts';

/** What reflection tells of a set of services. Names come from strangers, so every look-up is in a Map. */
export interface Catalog {
  /** Full names, sorted. */
  readonly services: readonly string[];
  readonly files: ReadonlyMap<string, ProtoFile>;
  /** The declaring file of services, methods, messages, fields, oneofs, enums, their values, and extensions. */
  readonly symbols: ReadonlyMap<string, ProtoFile>;
  /** Extensions of a message by number, with the declaring file; empty for a message without any. */
  readonly extensions: ReadonlyMap<string, ReadonlyMap<number, ProtoFile>>;
}

/** Collects what services need and declare. A service that is not among them is not found, though its file may be there for another. */
export function catalogOf(services: readonly Service[]): Catalog {
  const distinct = new DistinctFiles();
  const symbols = new Map<string, ProtoFile>();
  for (const service of services) {
    const declaring = distinct.add(service.files).find((file) => indexOf(file).services.has(service.name));
    if (declaring === undefined) continue;
    for (const symbol of serviceSymbols(indexOf(declaring), service.name)) symbols.set(symbol, declaring);
  }
  distinct.add(standardFiles);
  const extensions = new Map<string, Map<number, ProtoFile>>();
  for (const file of distinct.byName.values()) {
    const index = indexOf(file);
    const ofServices = new Set([...index.services.keys()].flatMap((name) => serviceSymbols(index, name)));
    for (const symbol of index.symbols.keys()) {
      if (!ofServices.has(symbol) && !symbols.has(symbol)) symbols.set(symbol, file);
    }
    for (const message of index.messages.keys()) entry(extensions, message);
    for (const [extendee, list] of index.extensions) {
      for (const { number } of list) entry(extensions, extendee).set(number, file);
    }
  }
  return { services: services.map(({ name }) => name).sort(), files: distinct.byName, symbols, extensions };
}

/** A file, then everything it imports, as far as known. */
export function withImports({ files }: Catalog, file: ProtoFile): ProtoFile[] {
  const found = new Set([file]);
  for (const { dependencies } of found) {
    for (const name of dependencies) {
      const dependency = files.get(name);
      if (dependency !== undefined) found.add(dependency);
    }
  }
  return [...found];
}

const indexes = new WeakMap<ProtoFile, DescriptorIndex>();

/** What a single file declares; files outlive the catalogs they are in. */
function indexOf(file: ProtoFile): DescriptorIndex {
  let index = indexes.get(file);
  if (index === undefined) indexes.set(file, (index = descriptorIndex([file])));
  return index;
}

function serviceSymbols({ services }: DescriptorIndex, name: string): string[] {
  return [name, ...services.get(name)!.methods.map((method) => `${name}.${method.name}`)];
}

function entry(map: Map<string, Map<number, ProtoFile>>, key: string): Map<number, ProtoFile> {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = new Map()));
  return value;
}
