import { portTypes } from '../nodes/conversion.ts';
import type { NodeKind } from '../nodes/kind.ts';
import type { Edge } from '../nodes/node.ts';
import { RemoteMethod } from '../nodes/remote-method.ts';
import { type EdgePolicy, targetLabel } from './edge.ts';
import type { LinkOptions } from './link-edges.ts';
import { PolicyEdge } from './policy-edge.ts';
import { remoteCall } from './remote-call.ts';
import type { Link } from './resolved.ts';

/** An edge to a method of another process. */
export function remoteEdge({ target, to, port }: Link<NodeKind>, policy: EdgePolicy, options: LinkOptions): Edge {
  const { channels, from, interceptors, baseDir, onRemote } = options;
  const service = target.name!;
  const remote = new RemoteMethod({
    channel: channels.get(target.target!),
    service,
    method: to,
    proto: target.proto,
    baseDir,
    interceptors,
    assumeNode: true,
    types: portTypes(options.types, port, 'out'),
  });
  onRemote(remote);
  const idempotent = (): boolean => policy.idempotent || remote.idempotent;
  return new PolicyEdge({
    label: targetLabel(target),
    policy,
    target: remote,
    idempotent,
    attempt: remoteCall({
      remote,
      name: service,
      port: to,
      edge: { from: `${from}/${port}`, to: `${service}/${to}` },
      forward: policy.forward,
      repeats: () => policy.retry !== undefined && idempotent(),
      secure: channels.secure,
    }),
  });
}
