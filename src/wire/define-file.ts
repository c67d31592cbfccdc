import type { Methods, ProtoFile, Service } from '../core/method.ts';
import { type CodecOptions, type CodecStyle, codecStyle } from './codec-options.ts';
import { protoFile } from './descriptor-file.ts';
import { type DescriptorIndex, descriptorIndex } from './descriptor-index.ts';
import { typeIn } from './message-codec.ts';
import type { MessageType } from './message-type.ts';
import { serviceFrom } from './services-from-files.ts';

/** The descriptors inside a module that `flowrpc generate` wrote. */
export interface DefinedFile {
  /** The file first, then everything it imports. */
  readonly files: readonly ProtoFile[];
  readonly index: DescriptorIndex;
  readonly style: CodecStyle;
}

/** Used by generated modules: a serialized FileDescriptorProto in base64 and the modules of the files it imports. */
export function defineFile(
  base64: string,
  imported: readonly DefinedFile[] = [],
  options: CodecOptions = {},
): DefinedFile {
  const file = protoFile(Buffer.from(base64, 'base64'));
  const index = descriptorIndex(
    [file],
    imported.map((dependency) => dependency.index),
  );
  return { files: index.closure(file.name), index, style: codecStyle(options) };
}

/** Used by generated modules: a service of the file by full name. The type comes from the declaration it is assigned to. */
export function serviceOf<M extends Methods>({ index, style }: DefinedFile, name: string): Service<M> {
  const schema = index.services.get(name);
  if (schema === undefined) throw new Error(`Cannot find service "${name}" in its generated module: generate it again`);
  return serviceFrom(index, schema, style) as Service<M>;
}

/** Used by generated modules: a message type of the file by full name. */
export function messageOf<T>({ index, style }: DefinedFile, name: string): MessageType<T> {
  return typeIn(index, name, style) as MessageType<T>;
}
