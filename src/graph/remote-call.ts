import { type CodeName, codeName } from '../core/code.ts';
import { remaining } from '../core/deadline.ts';
import { keyValue } from '../core/key.ts';
import { Metadata, type ReadonlyMetadata } from '../core/metadata.ts';
import { statusOf } from '../core/status.ts';
import { type GraphEdge, graphEdgeKey } from '../nodes/graph-edge.ts';
import { edgeKey, hopCountKey, readHops, traceHopsKey } from '../nodes/hop.ts';
import { processKey } from '../nodes/process-id.ts';
import type { RemoteMethod } from '../nodes/remote-method.ts';
import type { Attempt } from './policy-edge.ts';

export interface RemoteCall {
  readonly remote: RemoteMethod;
  /** Full name of the service. */
  readonly name: string;
  /** In-port, or method. */
  readonly port: string;
  readonly edge: GraphEdge;
  readonly forward: readonly string[];
}

/** A call to a node of another process, or to a method of any service. */
export function remoteCall({ remote, name, port, edge, forward }: RemoteCall): Attempt {
  const onEdge = keyValue(graphEdgeKey, edge);
  return async function attempt({ payload }, from, deadline, number) {
    const { call, run } = from;
    const metadata = new Metadata({ [edgeKey]: '1', [hopCountKey]: String(run.hops + 1) });
    if (run.trail !== undefined) metadata.set(traceHopsKey, '1');
    if (number > 1) metadata.set('grpc-previous-rpc-attempts', String(number - 1));
    for (const key of forward) for (const value of call.metadata.getAll(key)) metadata.append(key, value as never);
    const began = performance.now();
    const left = remaining(call.deadline);
    const note = (code: CodeName, trailer?: ReadonlyMetadata): void => {
      const hops = trailer === undefined ? [] : readHops(trailer);
      // A node says where its own calls went; where it is itself is known here.
      for (const hop of hops) run.trail?.add(hop.address === 'in-process' ? { ...hop, address: remote.address } : hop);
      if (hops.length > 0) return;
      run.trail?.add({
        node: name,
        port,
        address: remote.address,
        remainingMs: left === Number.POSITIVE_INFINITY ? null : left,
        code,
        durationMs: performance.now() - began,
      });
    };
    try {
      const { reply, trailer } = await remote.call(payload, {
        deadline: new Date(deadline),
        parent: call,
        metadata,
        values: [onEdge, keyValue(processKey, from.owner.identity)],
      });
      note('OK', trailer);
      return reply;
    } catch (thrown) {
      const { code } = statusOf(thrown);
      note(codeName(code), trailerOf(thrown));
      throw thrown;
    }
  };
}

function trailerOf(thrown: unknown): ReadonlyMetadata | undefined {
  return (thrown as { trailer?: ReadonlyMetadata }).trailer;
}
