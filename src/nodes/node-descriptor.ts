import type { ProtoFile } from '../core/method.ts';
import { codecStyle } from '../wire/codec-options.ts';
import type { MethodDescriptor } from '../wire/descriptor.ts';
import { encodeFile } from '../wire/descriptor-file.ts';
import { descriptorIndex } from '../wire/descriptor-index.ts';
import { descriptorSchema } from '../wire/descriptor-schema.ts';
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
}

/** The proto file that declares a node's service, and all it imports. `files` declare the messages that are not Value. */
export function nodeFiles(
  { service }: NodeInfo,
  methods: readonly NodeMethod[],
  files: readonly ProtoFile[],
): ProtoFile[] {
  const index = descriptorIndex(distinct([...files, ...structFile.files]));
  const imports = new Set(
    methods.flatMap(({ request, response }) => [declaringFile(request), declaringFile(response)]),
  );
  const dot = service.lastIndexOf('.');
  const file = encodeFile({
    name: `flowrpc/nodes/${service}.proto`,
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
  return distinct([file, ...[...imports].flatMap((name) => index.closure(name))]);

  function declaringFile(type: string): string {
    const name = index.symbols.get(type);
    if (name === undefined) throw new Error(`Cannot describe node "${service}": no file declares message "${type}"`);
    return name;
  }
}

function methodDescriptor({ name, request, response, streams, idempotent }: NodeMethod): MethodDescriptor {
  return {
    name,
    inputType: `.${request}`,
    outputType: `.${response}`,
    ...(streams && { clientStreaming: true, serverStreaming: true }),
    ...(idempotent && { options: encodeOptions('MethodOptions', { idempotencyLevel: 'IDEMPOTENT' }) }),
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

function distinct(files: readonly ProtoFile[]): ProtoFile[] {
  return [...new Map(files.map((file) => [file.name, file])).values()];
}
