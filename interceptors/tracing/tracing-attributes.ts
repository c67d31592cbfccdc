import type { Attributes, Span } from '@opentelemetry/api';
import { type Call, graphEdgeKey, type Method, type Peer, processKey } from 'flowrpc';
import { endpointOf } from './endpoint.ts';

/** A stranger chooses the path and the authority; a span stays small. */
const maxTextLength = 128;

/** `pkg.Service/Method`, or in gRPC's own style `Sent.pkg.Service.Method`. Names that strangers make up are kept out. */
export function spanName({ method, side }: Call, names: 'otel' | 'grpc'): string {
  if (names === 'otel') return method.known ? methodName(method) : 'grpc';
  return `${side === 'client' ? 'Sent' : 'Recv'}.${dottedName(method)}`;
}

/** `pkg.Service.Method`, as gRPC's own span names have it. */
export function dottedName(method: Method): string {
  return method.known ? methodName(method).replace('/', '.') : 'other';
}

/** What is known of a call at its start, for samplers too: RPC semantic conventions 1.44, and node and edge under our own prefix. */
export function startAttributes(call: Call): Attributes {
  const { method } = call;
  const name = methodName(method);
  const attributes: Attributes = { 'rpc.system.name': 'grpc', 'rpc.method': method.known ? name : '_OTHER' };
  if (!method.known) attributes['rpc.method_original'] = name.slice(0, maxTextLength);
  if (call.side === 'client') return Object.assign(attributes, targetOf(call.peer), edgeOf(call));
  return Object.assign(attributes, authorityOf(call), socketOf(call.peer), nodeOf(method));
}

/** The process that a node runs or an edge is taken in. Its id is made now, so only for spans that somebody keeps. */
export function addProcess(span: Span, call: Call): void {
  if (call.method.node === undefined && call.get(graphEdgeKey) === undefined) return;
  const { id, parent } = call.get(processKey)!;
  span.setAttribute('flowrpc.process.id', id);
  if (parent !== undefined) span.setAttribute('flowrpc.process.parent.id', parent);
}

function methodName({ path }: Method): string {
  return path.slice(1);
}

function nodeOf({ node, service }: Method): Attributes | undefined {
  return node && { 'flowrpc.node': service, 'flowrpc.node.kind': node.kind, 'flowrpc.port': node.port };
}

function edgeOf(call: Call): Attributes | undefined {
  const edge = call.get(graphEdgeKey);
  return edge && { 'flowrpc.edge.from': edge.from, 'flowrpc.edge.to': edge.to };
}

/** A channel has one peer for all its calls. */
const targets = new WeakMap<Peer, Attributes>();

/** By the target, not by the connection it led to. */
function targetOf(peer: Peer): Attributes {
  const known = targets.get(peer);
  if (known !== undefined) return known;
  const attributes = endpoint('server', peer.address);
  targets.set(peer, attributes);
  return attributes;
}

function authorityOf({ authority }: Call): Attributes | undefined {
  return authority ? endpoint('server', authority.slice(0, maxTextLength)) : undefined;
}

/** Who connected, when it was over a network or a socket. */
function socketOf({ address }: Peer): Attributes | undefined {
  const isSocket = address.startsWith('unix:') || endpointOf(address).port !== undefined;
  return isSocket ? endpoint('network.peer', address) : undefined;
}

function endpoint(prefix: string, text: string): Attributes {
  const { address, port } = endpointOf(text);
  return port === undefined
    ? { [`${prefix}.address`]: address }
    : { [`${prefix}.address`]: address, [`${prefix}.port`]: port };
}
