import type { HandlerContext } from '../core/context.ts';
import type { Graph, GraphNode } from '../graph/index.ts';
import type { NodeState, Traffic, WatchNodesResponse } from '../wire/gen/flowrpc/v1/control.ts';
import { type Page, type PageRequest, pageOf } from './control-page.ts';
import type { PacketCounts } from './packet-counts.ts';
import { whether } from './select.ts';

/** Which nodes are meant; what is empty is not stated. */
export interface NodeRequest {
  readonly namespace: string;
  /** Name or service. */
  readonly name: string;
  readonly kind: string;
}

/** What Control shows of the nodes of a graph. */
export class NodesApi {
  readonly #graph: Graph;
  readonly #counts: PacketCounts;

  constructor(graph: Graph, counts: PacketCounts) {
    this.#graph = graph;
    this.#counts = counts;
  }

  list(request: NodeRequest & PageRequest & { readonly where: string }): Page<NodeState> {
    const where = whether(request.where);
    const states = this.all(request).filter((state) => where(queried(state)));
    return pageOf(states, request, { key: ({ namespace, service }) => `${namespace}\0${service}` });
  }

  /** The states of all nodes that are meant. */
  all(request: NodeRequest): NodeState[] {
    const running = new Map<string, number>();
    for (const { entry } of this.#graph.processes)
      running.set(entry.info.service, (running.get(entry.info.service) ?? 0) + 1);
    return this.#graph.nodes
      .filter((node) => isMeant(node, request))
      .map((node) => this.#stateOf(node, running.get(node.service) ?? 0));
  }

  async *watch(request: NodeRequest, { signal }: HandlerContext): AsyncGenerator<WatchNodesResponse> {
    let wake = (): void => {};
    let changed = true;
    const look = (): void => {
      changed = true;
      wake();
    };
    const unwatch = this.#graph.onChange(look);
    signal.addEventListener('abort', look);
    const told = new Map<string, { readonly look: string; readonly node: NodeState }>();
    let synced = false;
    try {
      while (!signal.aborted) {
        changed = false;
        const now = this.all(request);
        const services = new Set(now.map(({ service }) => service));
        for (const [service, { node }] of told) {
          if (services.has(service)) continue;
          told.delete(service);
          yield { type: 'EVENT_TYPE_DELETE', node };
        }
        for (const node of now) {
          const shown = lookOf(node);
          if (told.get(node.service)?.look === shown) continue;
          told.set(node.service, { look: shown, node });
          yield { type: 'EVENT_TYPE_PUT', node };
        }
        if (!synced) yield { type: 'EVENT_TYPE_SYNCED' };
        synced = true;
        if (!changed) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    } finally {
      unwatch();
      signal.removeEventListener('abort', look);
    }
  }

  #stateOf(node: GraphNode, processes: number): NodeState {
    const { id, namespace, name = '', kind, service, status, reason = '', refused = '', inputs } = node;
    return {
      id,
      namespace,
      name,
      kind,
      service,
      status: status === 'active' ? 'NODE_STATUS_ACTIVE' : 'NODE_STATUS_INACTIVE',
      reason,
      refused,
      revision: BigInt(node.revision ?? 0),
      refusedRevision: BigInt(node.refusedRevision ?? 0),
      inputs: [...inputs],
      processes,
      traffic: trafficOf(this.#counts.node(service)),
    };
  }
}

/** Counters as a message. */
export function trafficOf({ packets, errors }: { packets: number; errors: number }): Traffic {
  return { packets: BigInt(packets), errors: BigInt(errors) };
}

function isMeant(node: GraphNode, { namespace, name, kind }: NodeRequest): boolean {
  return (
    (namespace === '' || node.namespace === namespace) &&
    (name === '' || node.name === name || node.service === name) &&
    (kind === '' || node.kind === kind)
  );
}

/** What a watch compares: all but what changes with each packet. */
function lookOf({ traffic: _, processes: __, ...rest }: NodeState): string {
  return JSON.stringify(rest, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
}

function queried({ status, traffic, ...rest }: NodeState): object {
  return { ...rest, ...traffic, status: status === 'NODE_STATUS_ACTIVE' ? 'active' : 'inactive' };
}
