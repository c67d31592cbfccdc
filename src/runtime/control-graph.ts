import type { GetGraphResponse, PortState } from '../wire/gen/flowrpc/v1/control.ts';
import type { Controlled } from './control.ts';
import { type NodesApi, trafficOf } from './control-nodes.ts';
import type { Raw } from './control-service.ts';
import { shownSpec } from './control-specs.ts';
import type { PacketCounts } from './packet-counts.ts';

/** All that a drawing of the graph needs: specs as they were written, states of nodes, and what passed. */
export async function graphPicture(
  { specs }: Controlled,
  nodes: NodesApi,
  counts: PacketCounts,
  namespace: string,
): Promise<Raw<GetGraphResponse>> {
  const { items } = await specs.list(namespace === '' ? {} : { namespace });
  const states = nodes.all({ namespace, name: '', kind: '' });
  const byId = new Map(states.map(({ id, service }) => [id, service]));
  const ports = items.flatMap(({ document: { id, ports } }): PortState[] => {
    const node = byId.get(id);
    if (node === undefined || typeof ports !== 'object' || ports === null) return [];
    return Object.keys(ports).map((outPort) => ({ node, outPort, traffic: trafficOf(counts.port(node, outPort)) }));
  });
  return { specs: items.map(shownSpec), nodes: states, ports };
}
