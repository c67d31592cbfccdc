/** The four RPC kinds. */
export type MethodKind = 'unary' | 'serverStream' | 'clientStream' | 'bidi';

/** Between a message and its bytes. `encode` throws a StatusError INVALID_ARGUMENT that names the field path. */
export interface Codec<T> {
  /** Full name of the protobuf message, such as `helloworld.HelloRequest`; empty for raw bytes. */
  readonly typeName: string;
  encode(message: T): Uint8Array;
  decode(bytes: Uint8Array): T;
  /** The message as logs may show it: fields marked `debug_redact` replaced. Left out: nobody knows what it may show. */
  redact?(message: unknown): unknown;
}

export type Idempotency = 'unknown' | 'no-side-effects' | 'idempotent';

/** The node of a graph that a method is an in-port of. */
export interface MethodNode {
  /** As written; `kind_…` for one without a name. */
  readonly name: string;
  readonly kind: string;
  readonly namespace: string;
  /** In-port by its full name; empty for the processes that a source starts. */
  readonly port: string;
}

/** One method of a service, as both sides know it. */
export interface Method<I = unknown, O = unknown, K extends MethodKind = MethodKind> {
  /** As in the proto file: `SayHello`. */
  readonly name: string;
  /** As in code: `sayHello`. */
  readonly localName: string;
  /** Full name of the service: `helloworld.Greeter`. */
  readonly service: string;
  /** `/helloworld.Greeter/SayHello` */
  readonly path: string;
  readonly kind: K;
  /** False for a path that nobody registered; such a method has raw codecs. */
  readonly known: boolean;
  readonly idempotency: Idempotency;
  readonly request: Codec<I>;
  readonly response: Codec<O>;
  /** Set for methods of nodes, where the node itself runs: not by what reflection says of one elsewhere. */
  readonly node?: MethodNode;
}

/** A serialized `google.protobuf.FileDescriptorProto`, with what reflection must know of it without parsing. */
export interface ProtoFile {
  /** As other files import it: `helloworld.proto`. */
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly dependencies: readonly string[];
}

export type Methods = Readonly<Record<string, Method>>;

/** A service as a value: made by `flowrpc generate`, `loadServices`, `fromGrpc` or `defineService`. */
export interface Service<M extends Methods = Methods> {
  /** Full name: `helloworld.Greeter`. */
  readonly name: string;
  /** Keyed by local name: `sayHello`. */
  readonly methods: M;
  /** The declaring file first, then everything it imports; empty when no descriptors are known. */
  readonly files: readonly ProtoFile[];
}

/** True when the caller sends a stream of messages. */
export function streamsRequests(kind: MethodKind): boolean {
  return kind === 'clientStream' || kind === 'bidi';
}

/** True when the callee sends a stream of messages. */
export function streamsResponses(kind: MethodKind): boolean {
  return kind === 'serverStream' || kind === 'bidi';
}

/** The codec of a call whose messages stay bytes. */
export const rawCodec: Codec<Uint8Array> = {
  typeName: '',
  encode: (message) => message,
  decode: (bytes) => bytes,
};

/** A method for a path of which nothing is known but its text. */
export function rawMethod(
  path: string,
  { kind = 'bidi', known = false }: { kind?: MethodKind; known?: boolean } = {},
): Method<Uint8Array, Uint8Array> {
  const slash = path.lastIndexOf('/');
  const name = path.slice(slash + 1);
  return {
    name,
    localName: name,
    service: path.slice(path.startsWith('/') ? 1 : 0, Math.max(slash, 0)),
    path,
    kind,
    known,
    idempotency: 'unknown',
    request: rawCodec,
    response: rawCodec,
  };
}
