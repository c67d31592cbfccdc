import type { ProtoFile, Service } from '../core/method.ts';
import { ByteReader } from '../wire/byte-reader.ts';
import { ByteWriter } from '../wire/byte-writer.ts';
import { codecStyle } from '../wire/codec-options.ts';
import type { MethodDescriptor } from '../wire/descriptor.ts';
import { encodeFile } from '../wire/descriptor-file.ts';
import { type DescriptorIndex, descriptorIndex } from '../wire/descriptor-index.ts';
import { descriptorSchema } from '../wire/descriptor-schema.ts';
import { file as optionsFile } from '../wire/gen/flowrpc/v1/options.ts';
import { file as structFile } from '../wire/gen/google/protobuf/struct.ts';
import { typeOf } from '../wire/message-type.ts';
import type { NodeInfo } from './node-context.ts';

/** One method of a node's service, as its descriptor says it. */
export interface NodeMethod {
  readonly name: string;
  /** Full names of the messages. */
  readonly request: string;
  readonly response: string;
  readonly streams: boolean;
  readonly idempotent: boolean;
  /** Something behind it keeps state for each process. */
  readonly perProcess?: boolean;
}

const nodesFolder = 'flowrpc/nodes/';

/** Whether a service is a node's, as the file says that declares it. */
export function isNodeService({ files }: Service): boolean {
  return files[0]?.name.startsWith(nodesFolder) ?? false;
}

const noFiles: readonly ProtoFile[] = [];
const indexes = new WeakMap<readonly ProtoFile[], DescriptorIndex>();

/** Made once for the files of a kind, and once for all nodes without: graphs have thousands of them. */
function indexOf(files: readonly ProtoFile[]): DescriptorIndex {
  const key = files.length === 0 ? noFiles : files;
  let index = indexes.get(key);
  if (index === undefined) {
    index = descriptorIndex(distinctFiles([...files, ...structFile.files, ...optionsFile.files]));
    indexes.set(key, index);
  }
  return index;
}

/** The proto file that declares a node's service, and all it imports. `files` declare the messages that are not Value. */
export function nodeFiles(
  { service }: NodeInfo,
  methods: readonly NodeMethod[],
  files: readonly ProtoFile[],
): ProtoFile[] {
  const index = indexOf(files);
  const imports = new Set(
    methods.flatMap(({ request, response }) => [declaringFile(request), declaringFile(response)]),
  );
  if (methods.some(({ perProcess }) => perProcess)) imports.add(optionsFile.files[0]!.name);
  const dot = service.lastIndexOf('.');
  const file = encodeFile({
    name: `${nodesFolder}${service}.proto`,
    package: service.slice(0, dot),
    dependency: [...imports],
    publicDependency: [],
    weakDependency: [],
    messageType: [],
    enumType: [],
    extension: [],
    service: [{ name: service.slice(dot + 1), method: methods.map(methodDescriptor) }],
    options: fileOptions(service.slice(0, dot)),
    syntax: 'proto3',
  });
  return distinctFiles([file, ...[...imports].flatMap((name) => index.closure(name))]);

  function declaringFile(type: string): string {
    const name = index.symbols.get(type);
    if (name === undefined) throw new Error(`Cannot describe node "${service}": no file declares message "${type}"`);
    return name;
  }
}

/** Whether a method's options, as they stand in its descriptor, say that something behind it keeps state for each process. */
export function saysPerProcess(options: Uint8Array | undefined): boolean {
  if (options === undefined) return false;
  let says = false;
  const from = new ByteReader(options);
  while (!from.done) {
    const tag = from.tag();
    if (tag === perProcessTag) says = from.bool();
    else from.skip(tag, 0);
  }
  return says;
}

/** `flowrpc.v1.per_process`, a varint field. */
const perProcessTag = 51780 << 3;

function methodOptions({ idempotent, perProcess }: NodeMethod): Uint8Array | undefined {
  if (!idempotent && !perProcess) return undefined;
  const out = new ByteWriter();
  if (idempotent) out.raw(encodeOptions('MethodOptions', { idempotencyLevel: 'IDEMPOTENT' }));
  if (perProcess) {
    out.uint32(perProcessTag);
    out.uint32(1);
  }
  return out.take();
}

function methodDescriptor(method: NodeMethod): MethodDescriptor {
  const { name, request, response, streams } = method;
  const options = methodOptions(method);
  return {
    name,
    inputType: `.${request}`,
    outputType: `.${response}`,
    ...(streams && { clientStreaming: true, serverStreaming: true }),
    ...(options !== undefined && { options }),
  };
}

/** A namespace may be a word that a language keeps for itself, such as `default`, so generated code gets packages of its own. */
function fileOptions(namespace: string): Uint8Array {
  const pascal = namespace.replace(/(?:^|_)([A-Za-z0-9])/g, (_match, letter: string) => letter.toUpperCase());
  return encodeOptions('FileOptions', {
    javaPackage: `flowrpc.nodes.${namespace}_`,
    javaMultipleFiles: true,
    goPackage: `flowrpc/nodes/${namespace};${namespace}nodes`,
    csharpNamespace: `FlowRpc.Nodes.${pascal}`,
  });
}

function encodeOptions(kind: string, options: object): Uint8Array {
  return typeOf(descriptorSchema(kind), codecStyle()).encode(options);
}

/** Files of one name once. */
export function distinctFiles(files: readonly ProtoFile[]): ProtoFile[] {
  return [...new Map(files.map((file) => [file.name, file])).values()];
}
