import { isAbsolute, resolve } from 'node:path';
import type { Channel } from '../client/connect.ts';
import { Code } from '../core/code.ts';
import type { Interceptor } from '../core/context.ts';
import type { Method, MethodKind, Service } from '../core/method.ts';
import { StatusError } from '../core/status-error.ts';
import { didYouMean } from '../core/suggest.ts';
import { reflectionClient } from '../services/reflection-client.ts';
import { descriptorIndex } from '../wire/descriptor-index.ts';
import { loadServices } from '../wire/load-services.ts';
import { replyCodec, valueCodec } from '../wire/value.ts';
import { type Conversion, conversion, type EndTypes, typesOf } from './conversion.ts';
import { mismatch } from './end-mismatch.ts';
import { findMethod } from './find-method.ts';
import { methodName } from './names.ts';
import { isNodeService, saysPerProcess } from './node-descriptor.ts';
import { markedCodec } from './reply-mark.ts';

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
  /** The messages that payloads are, and replies are wanted as. Default: values. */
  readonly types?: EndTypes;
}

/** What is known of a method elsewhere. */
export interface FoundRemote {
  readonly method: Method;
  /** The stream method beside a node's unary one. */
  readonly stream: Method | undefined;
  readonly conversion: Conversion | undefined;
  /** Whether it is a node's. */
  readonly isNode: boolean;
  /** Taken for a node, since its peer does not say what it is. */
  readonly assumed: boolean;
  /** Whether it keeps state for each process, as far as descriptors say; true also where they say nothing. */
  readonly perProcess: boolean;
}

/** Looks up a method in its proto file, or asks its server. Rejects with a StatusError, also when the types of the two ends do not fit. */
export async function findRemote(target: RemoteTarget, label: string): Promise<FoundRemote> {
  const { service: name, method: wanted, types = {} } = target;
  const service = await serviceOf(target);
  if (service === undefined) return assumedNode(name, /^[A-Z]/.test(wanted) ? wanted : methodName(wanted));
  const method = withValues(methodOf(service, target));
  const why = mismatch(types, method);
  if (why !== undefined)
    throw new StatusError(Code.FAILED_PRECONDITION, `The types of this edge do not fit ${label}: ${why}`);
  const stream = streamOf(method, service);
  return {
    method,
    stream,
    conversion: conversion(types, typesOf(method, service.files), { called: true }),
    isNode: isNodeService(service),
    assumed: false,
    perProcess: stream !== undefined && isPerProcess(method, service),
  };
}

function methodOf(service: Service, { service: name, method }: RemoteTarget): Method {
  const found = findMethod(service, method);
  if (found !== undefined) return found;
  const near = didYouMean(
    method,
    Object.values(service.methods).map((one) => one.name),
  );
  throw new StatusError(Code.UNIMPLEMENTED, `Service "${name}" has no method "${method}"${near}`);
}

async function serviceOf(target: RemoteTarget): Promise<Service | undefined> {
  const { service, proto, baseDir, assumeNode, types = {} } = target;
  const typed = types.request !== undefined || types.response !== undefined;
  if (proto !== undefined) {
    const services = await loadServices(isAbsolute(proto) ? proto : resolve(baseDir, proto));
    if (services[service] !== undefined) return services[service];
    const near = didYouMean(service, Object.keys(services));
    throw new StatusError(Code.UNIMPLEMENTED, `"${proto}" declares no service "${service}"${near}`);
  }
  try {
    return await reflected(target);
  } catch (thrown) {
    // What a message is read as must be known: a wrong guess would be read without an error.
    if (assumeNode && !typed && thrown instanceof StatusError && thrown.code === Code.UNIMPLEMENTED) return undefined;
    throw thrown;
  }
}

async function reflected({ channel, service }: RemoteTarget): Promise<Service> {
  const client: ReturnType<typeof reflectionClient> & Partial<AsyncDisposable> = reflectionClient(channel);
  try {
    return await client.service(service);
  } finally {
    await client[Symbol.asyncDispose]?.();
  }
}

/** Values have a codec of their own, which knows the hints. */
function withValues(method: Method): Method {
  const { request, response } = method;
  return {
    ...method,
    request: request.typeName === valueCodec.typeName ? valueCodec : request,
    response: response.typeName === valueCodec.typeName ? replyCodec : response,
  };
}

function isPerProcess({ service: name, name: method }: Method, { files }: Service): boolean {
  const described = descriptorIndex(files).services.get(name)?.descriptor.method;
  return saysPerProcess(described?.find((one) => one.name === method)?.options);
}

function streamOf({ name }: Method, { methods }: Service): Method | undefined {
  const found = Object.values(methods).find((one) => one.name === `${name}Stream` && one.kind === 'bidi');
  if (found === undefined) return undefined;
  const stream = withValues(found);
  return { ...stream, response: markedCodec(stream.response) };
}

function assumedNode(service: string, name: string): FoundRemote {
  return {
    method: nodeMethod(service, name, 'unary'),
    stream: nodeMethod(service, `${name}Stream`, 'bidi'),
    conversion: undefined,
    isNode: true,
    assumed: true,
    perProcess: true,
  };
}

function nodeMethod(service: string, name: string, kind: MethodKind): Method {
  return {
    name,
    localName: name,
    service,
    path: `/${service}/${name}`,
    kind,
    known: true,
    idempotency: 'unknown',
    request: valueCodec,
    response: kind === 'bidi' ? markedCodec(replyCodec) : replyCodec,
  };
}
