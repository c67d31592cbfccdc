import { Code } from '../core/code.ts';
import type { Exact } from '../core/init.ts';
import type { Codec, Method, MethodKind, Methods, ProtoFile, Service } from '../core/method.ts';
import { StatusError } from '../core/status-error.ts';
import { protoFile } from './descriptor-file.ts';
import { methodLocalName } from './link-services.ts';

/** A method as grpc-js service definitions have it: made by ts-proto, protoc-gen-grpc or @grpc/proto-loader. */
export interface GrpcMethodDefinition {
  readonly path: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  readonly originalName?: string | undefined;
  requestSerialize(message: never): Uint8Array;
  requestDeserialize(bytes: Buffer): unknown;
  responseSerialize(message: never): Uint8Array;
  responseDeserialize(bytes: Buffer): unknown;
}

/** A message type as ts-proto's `generic-definitions` have it. */
export interface GenericMessageType {
  encode(message: never, ...rest: never[]): { finish(): Uint8Array };
  decode(bytes: Uint8Array, ...rest: never[]): unknown;
  fromPartial?(message: never): unknown;
}

/** A method as ts-proto's `generic-definitions` have it. */
export interface GenericMethodDefinition {
  readonly name: string;
  readonly requestType: GenericMessageType;
  readonly requestStream: boolean;
  readonly responseType: GenericMessageType;
  readonly responseStream: boolean;
  readonly options?: { readonly idempotencyLevel?: string };
}

/** A service as ts-proto's `generic-definitions` have it. */
export interface GenericServiceDefinition {
  readonly fullName: string;
  readonly methods: { readonly [name: string]: GenericMethodDefinition };
}

/** Definitions whose flags are plain booleans, such as those of proto-loader, may be of any kind. */
type KindOf<D> = D extends { readonly requestStream: infer I; readonly responseStream: infer O }
  ? boolean extends I
    ? MethodKind
    : I extends true
      ? O extends true
        ? 'bidi'
        : 'clientStream'
      : O extends true
        ? 'serverStream'
        : 'unary'
  : never;

type SentBy<T> = T extends { fromPartial(message: never): unknown; decode(...bytes: never[]): infer M }
  ? M
  : T extends { decode(...bytes: never[]): infer M }
    ? Exact<M>
    : unknown;

type MethodOf<D> = D extends {
  requestType: infer I extends GenericMessageType;
  responseType: infer O extends GenericMessageType;
}
  ? Method<SentBy<I>, SentBy<O>, KindOf<D>>
  : D extends { requestDeserialize(bytes: never): infer I; responseDeserialize(bytes: never): infer O }
    ? Method<Exact<I>, Exact<O>, KindOf<D>>
    : never;

type MethodsIn<D> = D extends { methods: infer M } ? M : D;

/** The methods of a definition with its message types, under names as code writes them. */
export type MethodsOf<D> = {
  readonly [K in keyof MethodsIn<D> as string extends K ? never : K extends string ? Uncapitalize<K> : never]: MethodOf<
    MethodsIn<D>[K]
  >;
};

interface PlainDefinition {
  readonly [name: string]: GrpcMethodDefinition;
}

type Definition = GenericServiceDefinition | PlainDefinition;

/**
 * A service out of a definition that another generator made: ts-proto (`generic-definitions` or grpc-js), protoc with
 * google-protobuf, @grpc/proto-loader. Messages are what that generator makes; descriptors are known for proto-loader only.
 */
export function fromGrpc<const D extends object>(definition: D): Service<MethodsOf<D> & Methods> {
  const given = definition as unknown as Definition;
  if (typeof definition === 'function' && 'service' in definition) {
    throw new TypeError('Cannot make a service from a client constructor: give its "service" property');
  }
  const methods = isGeneric(given)
    ? Object.entries(given.methods).map(([key, method]) => genericMethod(given.fullName, key, method))
    : Object.entries(given).map(([key, method]) => plainMethod(key, method));
  const name = isGeneric(given) ? given.fullName : methods[0]?.service;
  if (name === undefined) throw new TypeError('Cannot make a service from a definition without methods');
  const files = isGeneric(given) ? [] : filesOf(Object.values(given));
  const byName = Object.fromEntries(methods.map((method) => [method.localName, method]));
  return Object.freeze({ name, methods: byName as MethodsOf<D> & Methods, files });
}

function isGeneric(definition: Definition): definition is GenericServiceDefinition {
  return typeof definition.fullName === 'string';
}

function genericMethod(service: string, key: string, definition: GenericMethodDefinition): Method {
  const { name, requestType, requestStream, responseType, responseStream, options } = definition;
  const level = options?.idempotencyLevel;
  return {
    name,
    localName: methodLocalName(key),
    service,
    path: `/${service}/${name}`,
    kind: kindOf(requestStream, responseStream),
    known: true,
    idempotency: level === 'IDEMPOTENT' ? 'idempotent' : level === 'NO_SIDE_EFFECTS' ? 'no-side-effects' : 'unknown',
    request: genericCodec(requestType, `the request of ${service}/${name}`),
    response: genericCodec(responseType, `the response of ${service}/${name}`),
  };
}

function plainMethod(key: string, definition: GrpcMethodDefinition): Method {
  const {
    path,
    requestStream,
    responseStream,
    requestSerialize,
    requestDeserialize,
    responseSerialize,
    responseDeserialize,
  } = definition;
  if (typeof path !== 'string' || typeof requestSerialize !== 'function') {
    throw new TypeError(
      `Cannot make a service from a definition: "${key}" is not a method (it has no path or requestSerialize)`,
    );
  }
  const [, service = '', name = ''] = /^\/?(.*)\/([^/]*)$/.exec(path) ?? [];
  return {
    name,
    localName: methodLocalName(key),
    service,
    path: `/${service}/${name}`,
    kind: kindOf(requestStream, responseStream),
    known: true,
    idempotency: 'unknown',
    request: guarded(`the request of ${path}`, requestSerialize, requestDeserialize),
    response: guarded(`the response of ${path}`, responseSerialize, responseDeserialize),
  };
}

function kindOf(requestStream: boolean, responseStream: boolean): MethodKind {
  if (requestStream) return responseStream ? 'bidi' : 'clientStream';
  return responseStream ? 'serverStream' : 'unary';
}

function genericCodec(type: GenericMessageType, what: string): Codec<unknown> {
  const complete = (message: unknown): never => (type.fromPartial?.(message as never) ?? message) as never;
  return guarded(
    what,
    (message) => type.encode(complete(message)).finish(),
    (bytes) => type.decode(bytes),
  );
}

/** Serializers of others throw anything; a call ends with a status. */
function guarded(
  what: string,
  serialize: (message: never) => Uint8Array,
  deserialize: (bytes: Buffer) => unknown,
): Codec<unknown> {
  return {
    typeName: '',
    encode(message) {
      try {
        return serialize(message as never);
      } catch (cause) {
        throw new StatusError(Code.INVALID_ARGUMENT, `Cannot encode ${what}: ${reasonOf(cause)}`, { cause });
      }
    },
    decode(bytes) {
      try {
        return deserialize(
          Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
        );
      } catch (cause) {
        throw new StatusError(Code.INTERNAL, `malformed message, ${what}: ${reasonOf(cause)}`, { cause });
      }
    },
  };
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** proto-loader keeps serialized descriptors beside each message type. */
function filesOf(methods: readonly GrpcMethodDefinition[]): ProtoFile[] {
  const files = new Map<string, ProtoFile>();
  for (const method of methods) {
    const { requestType, responseType } = method as { requestType?: LoadedType; responseType?: LoadedType };
    for (const bytes of [...(requestType?.fileDescriptorProtos ?? []), ...(responseType?.fileDescriptorProtos ?? [])]) {
      const file = protoFile(bytes);
      if (!files.has(file.name)) files.set(file.name, file);
    }
  }
  return [...files.values()];
}

interface LoadedType {
  readonly fileDescriptorProtos?: readonly Uint8Array[];
}
