import type { Interceptor } from '../core/context.ts';
import type { Channels } from '../nodes/channels.ts';
import type { NodeKind } from '../nodes/kind.ts';
import type { MadeNode } from '../nodes/make-node.ts';
import { methodName } from '../nodes/names.ts';
import type { Edge } from '../nodes/node.ts';
import type { RemoteMethod } from '../nodes/remote-method.ts';
import type { ServiceModule } from '../server/service-module.ts';
import { DirectEdge } from './direct-edge.ts';
import { type EdgePolicy, edgePolicy } from './edge.ts';
import { localCall } from './local-call.ts';
import { PolicyEdge } from './policy-edge.ts';
import { remoteEdge } from './remote-edge.ts';
import type { Link, ResolvedNode } from './resolved.ts';

/** A node of the graph that runs. */
export interface LiveNode extends MadeNode {
  readonly module: ServiceModule;
}

export interface LinkOptions {
  /** Service of the node that the edge leaves. */
  readonly from: string;
  readonly live: ReadonlyMap<ResolvedNode<NodeKind>, LiveNode>;
  readonly channels: Channels;
  readonly interceptors: readonly Interceptor[];
  readonly baseDir: string;
  /** Told of each method outside this graph. */
  readonly onRemote: (remote: RemoteMethod) => void;
}

/** Makes the edge of a link: a function call where it can be one. */
export function edgeOf(link: Link<NodeKind>, options: LinkOptions): Edge {
  const policy = edgePolicy(link.target);
  return link.node === undefined ? remoteEdge(link, policy, options) : localEdge(link, link.node, policy, options);
}

function localEdge(
  link: Link<NodeKind>,
  to: ResolvedNode<NodeKind>,
  policy: EdgePolicy,
  { live, from, interceptors }: LinkOptions,
): Edge {
  const { node, module } = live.get(to)!;
  const port = node.input(link.to)!;
  const intercepted = interceptors.length > 0 || node.host.interceptors.length > 0;
  if (!intercepted && isPlain(policy)) return new DirectEdge(port);
  const name = methodName(port.name);
  const method = Object.values(module.service.methods).find((one) => one.name === name)!;
  return new PolicyEdge({
    label: `${node.info.service}/${name}`,
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

/** `idempotent` alone changes nothing: there is no retry. */
function isPlain({ timeoutMs, reserveMs, minimumMs, retry, forward }: EdgePolicy): boolean {
  return (
    timeoutMs === undefined &&
    reserveMs === undefined &&
    minimumMs === undefined &&
    retry === undefined &&
    forward.length === 0
  );
}
