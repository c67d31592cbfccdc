import type { Channel } from '../client/connect.ts';
import { detached } from '../core/current.ts';
import { type CloseHook, closeAll, closeWith } from './close-instance.ts';
import type { NodeKind } from './kind.ts';
import { languages } from './languages/languages.ts';
import { matchPort, parsePort } from './names.ts';
import type { NodeHost } from './node.ts';
import type { NodeInfo, NodeInstance } from './node-context.ts';
import type { NodeTypes } from './node-service.ts';
import { type Outbound, OutboundPolicy } from './outbound.ts';
import { declarePerProcess } from './per-process.ts';
import { sharedState } from './shared-state.ts';

/** Everything that must be known to make a node. */
export interface NodePlan {
  readonly kind: NodeKind;
  /** As the kind's schema gave them. */
  readonly fields: unknown;
  readonly info: NodeInfo;
  readonly baseDir: string;
}

/** What a kind made of a plan, and what its ports carry. */
export interface MadeNode {
  readonly instance: NodeInstance;
  readonly types: NodeTypes;
}

/** Sets a node up, outside of any call. Rejects with what `setup` threw. */
export async function setUpNode(
  { kind, fields, info, baseDir }: NodePlan,
  host: NodeHost,
  channel: (target: string) => Channel,
  outbound: Outbound = (host.outbound ?? new OutboundPolicy()).for(),
): Promise<MadeNode> {
  const files = (await detached(() => kind.files?.(fields, baseDir))) ?? [];
  const closing: CloseHook[] = [];
  const making = detached(async () =>
    kind.setup(fields, {
      node: info,
      env: host.env,
      log: host.logger,
      baseDir,
      languages: host.languages ?? languages,
      onClose: (hook) => closing.push(hook),
      channel,
      outbound,
      stores: host.stores,
      functions: host.functions,
      // Made for those only who ask.
      get self() {
        if (host.server !== undefined) return host.server();
        throw new Error('it needs a graph: this node is by itself');
      },
      shared: (key, make) => sharedState(host, key, make),
    }),
  );
  const instance = await making.catch(async (thrown: unknown) => {
    await closeAll(closing);
    throw thrown;
  });
  if (typeof instance !== 'object' || instance === null) {
    throw new TypeError(`setup of kind "${kind.kind}" gave ${String(instance)}: wanted an object such as { process }`);
  }
  if (kind.perProcess) declarePerProcess(instance);
  closeWith(instance, closing);
  return { instance, types: { kind, fields, files } };
}

/** In-ports by number where a kind takes any: those that edges lead to, or the first alone. */
export function concretePorts(shape: readonly string[], linked: readonly string[]): string[] {
  return shape.flatMap((port) => {
    if (!port.endsWith('[*]')) return port;
    const found = [...new Set(linked)].filter((name) => matchPort([port], name) === name);
    const index = (name: string): number => parsePort(name)?.index ?? 0;
    return found.length === 0 ? [port.replace('[*]', '[0]')] : found.sort((a, b) => index(a) - index(b));
  });
}
