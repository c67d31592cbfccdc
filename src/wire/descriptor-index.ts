import type { ProtoFile } from '../core/method.ts';
import type { FieldDescriptor, FileDescriptor, MessageDescriptor } from './descriptor.ts';
import { decodeFile } from './descriptor-file.ts';
import { type Features, fileFeatures, inherit } from './features.ts';
import { maxNameLength } from './full-name.ts';
import { type Find, fieldsOf, linkField } from './link-fields.ts';
import { enumSchema, serviceSchema } from './link-services.ts';
import { type EnumSchema, type FieldSchema, MessageSchema, type ServiceSchema } from './schema.ts';

/** Everything that a set of proto files declares, by full name without a leading dot. */
export interface DescriptorIndex {
  readonly files: ReadonlyMap<string, ProtoFile>;
  readonly messages: ReadonlyMap<string, MessageSchema>;
  readonly enums: ReadonlyMap<string, EnumSchema>;
  readonly services: ReadonlyMap<string, ServiceSchema>;
  /** Name of the declaring file of every symbol: also methods, fields, oneofs, enum values and extensions. */
  readonly symbols: ReadonlyMap<string, string>;
  /** Extensions by the full name of the message that they extend. */
  readonly extensions: ReadonlyMap<string, readonly Extension[]>;
  /** A file first, then everything it imports, as far as known. */
  closure(fileName: string): ProtoFile[];
}

export interface Extension {
  readonly number: number;
  /** Full name: `google.api.http`. */
  readonly name: string;
  /** Name of the declaring file. */
  readonly file: string;
  readonly field: FieldSchema;
}

const indexes = new WeakMap<readonly ProtoFile[], DescriptorIndex>();

/**
 * Links files to one index. Files may come in any order, repeated or incomplete: what is missing is only noticed by who uses it.
 * Two different declarations of one name are an error that names both files.
 */
export function descriptorIndex(
  files: readonly ProtoFile[],
  imported: readonly DescriptorIndex[] = [],
): DescriptorIndex {
  const known = imported.length === 0 ? indexes.get(files) : undefined;
  if (known !== undefined) return known;
  const index = new Linker(imported);
  for (const file of files) index.add(file);
  if (imported.length === 0) indexes.set(files, index);
  return index;
}

class Linker implements DescriptorIndex {
  readonly files = new Map<string, ProtoFile>();
  readonly messages = new Map<string, MessageSchema>();
  readonly enums = new Map<string, EnumSchema>();
  readonly services = new Map<string, ServiceSchema>();
  readonly symbols = new Map<string, string>();
  readonly extensions = new Map<string, Extension[]>();

  constructor(imported: readonly DescriptorIndex[]) {
    for (const index of imported) {
      for (const part of ['files', 'messages', 'enums', 'services', 'symbols'] as const) {
        for (const [name, value] of index[part]) (this[part] as Map<string, unknown>).set(name, value);
      }
      // Files of this index add to them.
      for (const [name, list] of index.extensions) this.extensions.set(name, [...list]);
    }
  }

  add(file: ProtoFile): void {
    const present = this.files.get(file.name);
    if (present === file) return;
    if (present !== undefined) {
      if (Buffer.compare(present.bytes, file.bytes) === 0) return;
      throw new Error(`Cannot link "${file.name}": two different files have this name`);
    }
    this.files.set(file.name, file);
    this.#declare(file.name, decodeFile(file));
  }

  closure(fileName: string): ProtoFile[] {
    const found = new Map<string, ProtoFile>();
    const visit = (name: string): void => {
      const file = this.files.get(name);
      if (file === undefined || found.has(name)) return;
      found.set(name, file);
      for (const dependency of file.dependencies) visit(dependency);
    };
    visit(fileName);
    return [...found.values()];
  }

  #declare(file: string, descriptor: FileDescriptor): void {
    const scope = descriptor.package ?? '';
    if (scope.length > maxNameLength)
      throw new Error(
        `Cannot link "${file}": its package has ${scope.length} characters, wanted at most ${maxNameLength}`,
      );
    const features = fileFeatures(descriptor);
    for (const message of descriptor.messageType) this.#message(file, scope, message, features);
    for (const declared of descriptor.enumType) this.#enum(file, scope, declared, features);
    for (const extension of descriptor.extension) this.#extension(file, scope, extension, features);
    for (const declared of descriptor.service) {
      const name = join(scope, declared.name);
      this.#symbol(name, file);
      for (const method of declared.method) this.#symbol(join(name, method.name), file);
      this.services.set(name, serviceSchema(name, file, declared, this.#find));
    }
  }

  #message(file: string, scope: string, descriptor: MessageDescriptor, outer: Features): void {
    const name = join(scope, descriptor.name);
    const features = inherit(outer, 'MessageOptions', descriptor.options);
    this.#symbol(name, file);
    this.messages.set(
      name,
      new MessageSchema(name, descriptor, () => fieldsOf(name, descriptor, features, this.#find)),
    );
    for (const field of descriptor.field) this.#symbol(join(name, field.name), file);
    for (const oneof of descriptor.oneofDecl) this.#symbol(join(name, oneof.name), file);
    for (const nested of descriptor.nestedType) this.#message(file, name, nested, features);
    for (const nested of descriptor.enumType) this.#enum(file, name, nested, features);
    for (const extension of descriptor.extension) this.#extension(file, name, extension, features);
  }

  #enum(file: string, scope: string, descriptor: FileDescriptor['enumType'][number], outer: Features): void {
    const name = join(scope, descriptor.name);
    this.#symbol(name, file);
    const { closed } = inherit(outer, 'EnumOptions', descriptor.options);
    this.enums.set(name, enumSchema(name, descriptor, closed));
    // Values live beside their enum, as in C++.
    for (const value of descriptor.value) this.#symbol(join(scope, value.name), file);
  }

  #extension(file: string, scope: string, descriptor: FieldDescriptor, features: Features): void {
    const name = join(scope, descriptor.name);
    const find = this.#find;
    this.#symbol(name, file);
    const extendee = (descriptor.extendee ?? '').replace(/^\./, '');
    const extension = {
      number: descriptor.number,
      name,
      file,
      get field() {
        return linkField(scope, descriptor, inherit(features, 'FieldOptions', descriptor.options), find);
      },
    };
    const others = this.extensions.get(extendee);
    if (others === undefined) this.extensions.set(extendee, [extension]);
    else others.push(extension);
  }

  #symbol(name: string, file: string): void {
    if (name.length > maxNameLength)
      throw new Error(
        `Cannot link "${file}": the name "${name.slice(0, 60)}…" has ${name.length} characters, wanted at most ${maxNameLength}`,
      );
    const other = this.symbols.get(name);
    if (other !== undefined) {
      const where = other === file ? 'twice in this file' : `also in "${other}"`;
      throw new Error(`Cannot link "${file}": "${name}" is declared ${where}`);
    }
    this.symbols.set(name, file);
  }

  /** By full name with a leading dot; without one, some tools mean the nearest scope that has it. */
  readonly #find: Find = (name, scope) => {
    if (name.startsWith('.')) return this.#named(name.slice(1));
    for (let outer = scope; ; outer = outer.slice(0, Math.max(0, outer.lastIndexOf('.')))) {
      const found = this.#named(join(outer, name));
      if (found !== undefined || outer === '') return found;
    }
  };

  #named(name: string): MessageSchema | EnumSchema | undefined {
    return this.messages.get(name) ?? this.enums.get(name);
  }
}

function join(scope: string, name: string): string {
  return scope === '' ? name : `${scope}.${name}`;
}
