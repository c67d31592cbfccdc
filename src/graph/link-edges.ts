import type { Interceptor } from '../core/context.ts';
import type { Channels } from '../nodes/channels.ts';
import { conversion, portTypes } from '../nodes/conversion.ts';
import type { NodeKind } from '../nodes/kind.ts';
import { methodName } from '../nodes/names.ts';
import type { Edge } from '../nodes/node.ts';
import type { NodeTypes } from '../nodes/node-service.ts';
import type { RemoteMethod } from '../nodes/remote-method.ts';
import { BoundedEdge } from './bounded-edge.ts';
import { withConversion } from './converting-edge.ts';
import { DirectEdge } from './direct-edge.ts';
import { type EdgePolicy, edgePolicy } from './edge.ts';
import { localCall } from './local-call.ts';
import { PolicyEdge } from './policy-edge.ts';
import { remoteEdge } from './remote-edge.ts';
import type { Link } from './resolved.ts';
import type { LiveNode } from './wiring.ts';

export interface LinkOptions {
  /** Service of the node that the edge leaves. */
  readonly from: string;
  /** What that node's ports carry. */
  readonly types: NodeTypes;
  /** The node that it leads to; undefined outside this graph. */
  readonly to: LiveNode | undefined;
  readonly channels: Channels;
  readonly interceptors: readonly Interceptor[];
  readonly baseDir: string;
  /** Told of each method outside this graph. */
  readonly onRemote: (remote: RemoteMethod) => void;
}

/** Makes the edge of a link: a function call where it can be one. */
export function edgeOf(link: Link<NodeKind>, options: LinkOptions): Edge {
  const policy = edgePolicy(link.target);
  return options.to === undefined ? remoteEdge(link, policy, options) : localEdge(link, options.to, policy, options);
}

function localEdge(link: Link<NodeKind>, to: LiveNode, policy: EdgePolicy, options: LinkOptions): Edge {
  const edge = carrierOf(link, to, policy, options);
  const taken = portTypes(to.member.types, to.node.input(link.to)!.name, 'in');
  return withConversion(edge, conversion(portTypes(options.types, link.port, 'out'), taken));
}

function carrierOf(
  link: Link<NodeKind>,
  { node, served }: LiveNode,
  policy: EdgePolicy,
  { from, interceptors }: LinkOptions,
): Edge {
  const port = node.input(link.to)!;
  const intercepted = interceptors.length > 0 || node.host.interceptors.length > 0;
  if (!intercepted && isPlain(policy)) return new DirectEdge(port);
  if (!intercepted && isTimed(policy))
    return new BoundedEdge({ label: `${node.info.service}/${methodName(port.name)}`, policy, target: port });
  const method = served.method(port.name);
  return new PolicyEdge({
    label: `${node.info.service}/${methodName(port.name)}`,
    target: port,
    policy,
    idempotent: () => policy.idempotent || method.idempotency !== 'unknown',
    attempt: localCall({
      port,
      method,
      edge: { from: `${from}/${link.port}`, to: `${node.info.service}/${port.name}` },
      interceptors,
      forward: policy.forward,
    }),
  });
}

function isPlain(policy: EdgePolicy): boolean {
  const { timeoutMs, reserveMs, minimumMs } = policy;
  return isTimed(policy) && timeoutMs === undefined && reserveMs === undefined && minimumMs === undefined;
}

/** Whether nothing but time is bounded. `idempotent` alone changes nothing: there is no retry. */
function isTimed({ retry, forward }: EdgePolicy): boolean {
  return retry === undefined && forward.length === 0;
}
