import type { ProtoFile } from '../core/method.ts';
import { codecStyle } from './codec-options.ts';
import type { FileDescriptor } from './descriptor.ts';
import { descriptorSchema } from './descriptor-schema.ts';
import { type MessageType, typeOf } from './message-type.ts';

const style = codecStyle();
const decoded = new WeakMap<ProtoFile, FileDescriptor>();

/** The file that serialized `google.protobuf.FileDescriptorProto` bytes describe, such as a reflection server sends. */
export function protoFile(bytes: Uint8Array): ProtoFile {
  const descriptor = fileType().decode(bytes) as FileDescriptor;
  const file = { name: descriptor.name ?? '', bytes, dependencies: descriptor.dependency };
  decoded.set(file, descriptor);
  return file;
}

/** A descriptor as the file it describes. */
export function encodeFile(descriptor: FileDescriptor): ProtoFile {
  return protoFile(fileType().encode(descriptor));
}

/** The parsed form of a file; parsed once. */
export function decodeFile(file: ProtoFile): FileDescriptor {
  let descriptor = decoded.get(file);
  if (descriptor === undefined) decoded.set(file, (descriptor = fileType().decode(file.bytes) as FileDescriptor));
  return descriptor;
}

/** A `google.protobuf.FileDescriptorSet` with all files, as `protoc --descriptor_set_out` writes it. */
export function encodeFileSet(files: readonly ProtoFile[]): Uint8Array {
  return typeOf(descriptorSchema('FileDescriptorSet'), style).encode({ file: files.map(decodeFile) });
}

/** The files of a `google.protobuf.FileDescriptorSet`. */
export function decodeFileSet(bytes: Uint8Array): ProtoFile[] {
  const { file } = typeOf(descriptorSchema('FileDescriptorSet'), style).decode(bytes) as { file: FileDescriptor[] };
  return file.map(encodeFile);
}

/** One of the options messages of descriptor.proto, such as `MethodOptions`, with its standard fields. */
export function readOptions(kind: string, bytes: Uint8Array | undefined): Readonly<Record<string, unknown>> {
  if (bytes === undefined) return none;
  return typeOf(descriptorSchema(kind), style).decode(bytes) as Record<string, unknown>;
}

const none = Object.freeze({});

function fileType(): MessageType {
  return typeOf(descriptorSchema('FileDescriptorProto'), style);
}
