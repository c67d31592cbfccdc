import { isAbsolute, resolve } from 'node:path';
import type { CallOptions } from '../client/call-options.ts';
import type { Channel } from '../client/connect.ts';
import type { StreamCall } from '../client/stream-call.ts';
import type { UnaryCall } from '../client/unary-call.ts';
import { Code } from '../core/code.ts';
import type { Interceptor } from '../core/context.ts';
import { detached } from '../core/current.ts';
import type { Metadata } from '../core/metadata.ts';
import { type Method, type Service, streamsRequests, streamsResponses } from '../core/method.ts';
import { StatusError } from '../core/status.ts';
import { didYouMean } from '../core/suggest.ts';
import { reflectionClient } from '../services/reflection-client.ts';
import { jsonToMessage } from '../wire/json/json-to-message.ts';
import { messageToJson } from '../wire/json/message-to-json.ts';
import { loadServices } from '../wire/load-services.ts';
import type { MessageType } from '../wire/message-type.ts';
import { replyCodec, valueCodec } from '../wire/value.ts';
import { replyKey } from './hop.ts';
import { jsonOf } from './json-of.ts';
import { methodName } from './names.ts';
import { none, type Reply } from './reply.ts';

export interface RemoteTarget {
  readonly channel: Channel;
  /** Full name of the service. */
  readonly service: string;
  /** A method's name, or the in-port of a node: `in` is the method `In`. */
  readonly method: string;
  /** Proto file that declares it; left out: asked by reflection when first needed. */
  readonly proto?: string | undefined;
  readonly baseDir: string;
  readonly interceptors?: readonly Interceptor[];
  /** Take it for a node that gives and takes values when its server has no reflection. */
  readonly assumeNode?: boolean;
}

/** A reply with the trailer that came with it. */
export interface RemoteReply {
  readonly reply: Reply;
  readonly trailer: Metadata;
}

/** Streams are read into a list; more messages than this end the call. */
const maxResponses = 10_000;

/**
 * Any gRPC method as a function of plain values: the payload is the request in protobuf's JSON mapping, and so is the reply; methods of nodes take and
 * give values as they are. A method that streams requests takes a list, one that streams responses gives one.
 */
export class RemoteMethod {
  readonly #target: RemoteTarget;
  #found: Promise<Method> | undefined;
  #idempotent = false;
  #start: ((input: unknown, options: CallOptions) => unknown) | undefined;

  constructor(target: RemoteTarget) {
    this.#target = target;
  }

  /** `users.v1.Users/Get at dns:///users:50051` */
  get label(): string {
    const { service, method, channel } = this.#target;
    return `${service}/${method} at ${channel.target}`;
  }

  get address(): string {
    return this.#target.channel.target;
  }

  /** Whether its descriptor says that it may be asked the same thing twice; false until it was found. */
  get idempotent(): boolean {
    return this.#idempotent;
  }

  /** Finds the descriptors, for all calls at once and so bounded by none of them. Asked again after a failure: a peer may come up later. */
  resolve(): Promise<Method> {
    this.#found ??= detached(() => this.#find()).catch((thrown: unknown) => {
      this.#found = undefined;
      throw thrown;
    });
    return this.#found;
  }

  /** Calls it. Rejects with a StatusError. */
  async call(payload: unknown, options: CallOptions): Promise<RemoteReply> {
    const method = await this.resolve();
    this.#idempotent = method.idempotency !== 'unknown';
    const { channel, interceptors = [] } = this.#target;
    this.#start ??= channel.client(
      { name: method.service, methods: { method }, files: [] },
      { interceptors, timeoutMs: Number.POSITIVE_INFINITY },
    ).method as (input: unknown, options: CallOptions) => unknown;
    const request = streamsRequests(method.kind)
      ? (Array.isArray(payload) ? payload : [payload]).map((item) => toRequest(method, item))
      : toRequest(method, payload);
    const call = this.#start(request, options);
    if (streamsResponses(method.kind)) return this.#collect(method, call as StreamCall<unknown>);
    const unary = call as UnaryCall<unknown>;
    const message = await unary;
    const trailer = await unary.trailer;
    const absent = message === none || trailer.get(replyKey) === 'none';
    return { reply: absent ? none : fromResponse(method, message), trailer };
  }

  async #collect(method: Method, call: StreamCall<unknown>): Promise<RemoteReply> {
    const replies: unknown[] = [];
    for await (const message of call) {
      if (replies.length === maxResponses)
        throw new StatusError(Code.RESOURCE_EXHAUSTED, `${this.label} gave more than ${maxResponses} messages`);
      replies.push(fromResponse(method, message));
    }
    return { reply: replies, trailer: await call.trailer };
  }

  async #find(): Promise<Method> {
    const { service: name, method } = this.#target;
    const service = await this.#service();
    if (service === undefined) return nodeMethod(name, method);
    const methods = Object.values(service.methods);
    const found =
      methods.find((one) => one.name === method) ??
      methods.find((one) => one.name === methodName(method) || one.localName === method);
    if (found !== undefined)
      return takesValues(found) ? { ...found, request: valueCodec, response: replyCodec } : found;
    const near = didYouMean(
      method,
      methods.map((one) => one.name),
    );
    throw new StatusError(Code.UNIMPLEMENTED, `Service "${name}" has no method "${method}"${near}`);
  }

  async #service(): Promise<Service | undefined> {
    const { service, proto, baseDir, assumeNode } = this.#target;
    if (proto !== undefined) {
      const services = await loadServices(isAbsolute(proto) ? proto : resolve(baseDir, proto));
      if (services[service] !== undefined) return services[service];
      const near = didYouMean(service, Object.keys(services));
      throw new StatusError(Code.UNIMPLEMENTED, `"${proto}" declares no service "${service}"${near}`);
    }
    try {
      return await this.#reflected(service);
    } catch (thrown) {
      if (assumeNode && thrown instanceof StatusError && thrown.code === Code.UNIMPLEMENTED) return undefined;
      throw thrown;
    }
  }

  async #reflected(service: string): Promise<Service> {
    const { channel } = this.#target;
    const client: ReturnType<typeof reflectionClient> & Partial<AsyncDisposable> = reflectionClient(channel);
    try {
      return await client.service(service);
    } finally {
      await client[Symbol.asyncDispose]?.();
    }
  }
}

function takesValues({ request, response }: Method): boolean {
  return request.typeName === valueCodec.typeName && response.typeName === valueCodec.typeName;
}

function nodeMethod(service: string, port: string): Method {
  const name = /^[A-Z]/.test(port) ? port : methodName(port);
  return {
    name,
    localName: name,
    service,
    path: `/${service}/${name}`,
    kind: 'unary',
    known: true,
    idempotency: 'unknown',
    request: valueCodec,
    response: replyCodec,
  };
}

function toRequest({ request }: Method, payload: unknown): unknown {
  return isTyped(request) ? jsonToMessage(request, jsonOf(payload)) : payload;
}

function fromResponse({ response }: Method, message: unknown): unknown {
  return isTyped(response) ? messageToJson(response, message, { defaults: true }) : message;
}

function isTyped(codec: Method['request']): codec is Method['request'] & MessageType {
  return 'schema' in codec;
}
