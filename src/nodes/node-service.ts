import { nodeOf } from '../core/call.ts';
import type { Interceptor } from '../core/context.ts';
import type { Codec, Method, MethodKind, MethodNode, ProtoFile, Service } from '../core/method.ts';
import type { Handlers } from '../server/handlers.ts';
import type { ServiceModule } from '../server/service-module.ts';
import { messageCodec } from '../wire/message-codec.ts';
import { replyCodec, valueCodec } from '../wire/value.ts';
import type { NodeKind } from './kind.ts';
import { methodName, nodeLabel, streamMethodName } from './names.ts';
import type { NodeHost } from './node.ts';
import type { NodeInfo } from './node-context.ts';
import { type NodeMethod, nodeFiles } from './node-descriptor.ts';
import { type EntryOptions, unaryEntry } from './node-entry.ts';
import { peersOf } from './node-peers.ts';
import type { NodeSlot } from './node-slot.ts';
import { keepsState } from './per-process.ts';
import { markedCodec } from './reply-mark.ts';
import { streamEntry } from './stream-entry.ts';

const valueType = valueCodec.typeName;

/** What a node's ports carry: the kind's word for it, and the descriptors behind. */
export interface NodeTypes {
  readonly kind: NodeKind;
  readonly fields: unknown;
  readonly files: readonly ProtoFile[];
}

/** A node as the gRPC service that it is: `In` and `InStream` for the in-port `in`. */
export function serviceOfNode(slot: NodeSlot, types: NodeTypes, options: EntryOptions = {}): ServiceModule {
  const { info, host } = slot.node;
  const ports = info.inputs.map((port) => portMethods(port, info, types));
  const handlers = Object.fromEntries(
    ports.flatMap(({ port, unary, stream }) => {
      // A typed reply has no null; its default message is what says least.
      const empty = unary.response.typeName === valueType ? null : {};
      return [
        [unary.localName, unaryEntry(slot.port(port), options, empty)],
        [stream.localName, streamEntry(slot.port(port), options, empty)],
      ];
    }),
  );
  return {
    service: serviceWith(ports, info, types, () => keepsState(slot.node)),
    handlers: handlers as Handlers<Service['methods']>,
    ...(host.interceptors.length > 0 && { options: { interceptors: [admission(host), ...host.interceptors] } }),
  };
}

/** Lets the interceptors of nodes see what the nodes see of the process that a caller says. */
function admission(host: NodeHost): Interceptor {
  return (call, next) => next(peersOf(host).trust.admit(nodeOf(call)));
}

/** What the service of a node looks like to its callers, without the node. */
export function describeNode(info: NodeInfo, types: NodeTypes): Service {
  return serviceWith(
    info.inputs.map((port) => portMethods(port, info, types)),
    info,
    types,
  );
}

interface PortMethods {
  readonly port: string;
  readonly unary: Method;
  readonly stream: Method;
}

function serviceWith(
  ports: readonly PortMethods[],
  info: NodeInfo,
  { files }: NodeTypes,
  perProcess: () => boolean = () => false,
): Service {
  const methods = ports.flatMap(({ unary, stream }) => [unary, stream]);
  const described = methods.map(describe);
  const plain = nodeFiles(info, described, files);
  let marked: ProtoFile[] | undefined;
  return Object.freeze({
    name: info.service,
    methods: Object.freeze(Object.fromEntries(methods.map((method) => [method.localName, method]))),
    /** Where its edges lead is known, and may change, only later. */
    get files() {
      if (!perProcess()) return plain;
      return (marked ??= nodeFiles(
        info,
        described.map((method) => ({ ...method, perProcess: true })),
        files,
      ));
    },
  });
}

function portMethods(port: string, info: NodeInfo, { kind, fields, files }: NodeTypes): PortMethods {
  const { request = valueType, response = valueType } = kind.portType?.(port, 'in', fields) ?? {};
  const requests = codecOf(request, files, valueCodec);
  const method = (name: string, methodKind: MethodKind, responses: Codec<unknown>): Method =>
    Object.freeze({
      name,
      localName: name.charAt(0).toLowerCase() + name.slice(1),
      service: info.service,
      path: `/${info.service}/${name}`,
      kind: methodKind,
      known: true,
      idempotency: kind.idempotency ?? 'unknown',
      request: requests,
      response: responses,
      node: methodNode(info, port),
    });
  const responses = codecOf(response, files, replyCodec);
  return {
    port,
    unary: method(methodName(port), 'unary', responses),
    stream: method(streamMethodName(port), 'bidi', markedCodec(responses)),
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
