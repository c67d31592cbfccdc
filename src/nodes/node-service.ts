import type { Codec, Method, MethodKind, MethodNode, ProtoFile, Service } from '../core/method.ts';
import type { Handlers } from '../server/handlers.ts';
import type { ServiceModule } from '../server/service-module.ts';
import { messageCodec } from '../wire/message-codec.ts';
import { replyCodec, valueCodec } from '../wire/value.ts';
import type { NodeKind } from './kind.ts';
import { methodName, nodeLabel, streamMethodName } from './names.ts';
import type { InPort, Node } from './node.ts';
import type { NodeInfo } from './node-context.ts';
import { type NodeMethod, nodeFiles } from './node-descriptor.ts';
import { type EntryOptions, streamEntry, unaryEntry } from './node-entry.ts';
import type { NodeSlot } from './node-slot.ts';

const valueType = valueCodec.typeName;

/** What a node's ports carry: the kind's word for it, and the descriptors behind. */
export interface NodeTypes {
  readonly kind: NodeKind;
  readonly fields: unknown;
  readonly files: readonly ProtoFile[];
}

/** A node as the gRPC service that it is: `In` and `InStream` for the in-port `in`. */
export function serviceOfNode(slot: NodeSlot, types: NodeTypes, options: EntryOptions = {}): ServiceModule {
  const { node } = slot;
  const ports = [...node.inputs].map((port) => portMethods(port, node, types));
  const descriptors = ports.flatMap(({ unary, stream }) => [describe(unary), describe(stream)]);
  const service: Service = Object.freeze({
    name: node.info.service,
    methods: Object.freeze(
      Object.fromEntries(
        ports.flatMap(({ unary, stream }) => [unary, stream].map((method) => [method.localName, method])),
      ),
    ),
    files: nodeFiles(node.info, descriptors, types.files),
  });
  const handlers = Object.fromEntries(
    ports.flatMap(({ port, unary, stream }) => {
      // A typed reply has no null; its default message is what says least.
      const empty = unary.response.typeName === valueType ? null : {};
      return [
        [unary.localName, unaryEntry(slot.port(port.name), options, empty)],
        [stream.localName, streamEntry(slot.port(port.name), options, empty)],
      ];
    }),
  );
  const { interceptors } = node.host;
  return {
    service,
    handlers: handlers as Handlers<Service['methods']>,
    ...(interceptors.length > 0 && { options: { interceptors } }),
  };
}

function portMethods(
  port: InPort,
  node: Node,
  { kind, fields, files }: NodeTypes,
): { port: InPort; unary: Method; stream: Method } {
  const { request = valueType, response = valueType } = kind.portType?.(port.name, 'in', fields) ?? {};
  const requests = codecOf(request, files, valueCodec);
  const method = (name: string, methodKind: MethodKind, responses: Codec<unknown>): Method =>
    Object.freeze({
      name,
      localName: name.charAt(0).toLowerCase() + name.slice(1),
      service: node.info.service,
      path: `/${node.info.service}/${name}`,
      kind: methodKind,
      known: true,
      idempotency: kind.idempotency ?? 'unknown',
      request: requests,
      response: responses,
      node: methodNode(node.info, port.name),
    });
  const responses = codecOf(response, files, replyCodec);
  return {
    port,
    unary: method(methodName(port.name), 'unary', responses),
    stream: method(streamMethodName(port.name), 'bidi', responses),
  };
}

/** What a node's methods say of it; a source has no in-port. */
export function methodNode(info: NodeInfo, port = ''): MethodNode {
  const { kind, namespace } = info;
  return Object.freeze({ name: nodeLabel(info), kind, namespace, port });
}

function codecOf(type: string, files: readonly ProtoFile[], value: Codec<unknown>): Codec<unknown> {
  return type === valueType ? value : (messageCodec(files, type) as Codec<unknown>);
}

function describe({ name, request, response, kind, idempotency }: Method): NodeMethod {
  return {
    name,
    request: request.typeName,
    response: response.typeName,
    streams: kind === 'bidi',
    idempotent: idempotency !== 'unknown',
  };
}
