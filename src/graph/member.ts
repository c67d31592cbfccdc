import { isDeepStrictEqual } from 'node:util';
import type { Channel } from '../client/connect.ts';
import { closeInstance } from '../nodes/close-instance.ts';
import type { NodeKind } from '../nodes/kind.ts';
import { concretePorts, setUpNode } from '../nodes/make-node.ts';
import type { NodeHost } from '../nodes/node.ts';
import type { Env, NodeInfo, NodeInstance } from '../nodes/node-context.ts';
import type { NodeTypes } from '../nodes/node-service.ts';
import type { NodeSlot } from '../nodes/node-slot.ts';
import type { Outbound } from '../nodes/outbound.ts';
import type { RunningSource } from '../nodes/start-source.ts';
import { within } from '../nodes/within.ts';
import type { ResolvedNode } from './resolved.ts';

/** A node of a graph with everything about it looked up. */
export type Plan = ResolvedNode<NodeKind>;

/** Everything that a node is set up from: while all of it stays the same, the node keeps its instance. */
export interface Setup {
  readonly plan: Plan;
  readonly info: NodeInfo;
  readonly baseDir: string;
  readonly env: Env;
}

/** A node that was set up. Edges come and go around it; it lives as long as its spec asks for the same. */
export class Member {
  readonly setup: Setup;
  readonly instance: NodeInstance;
  readonly types: NodeTypes;
  /** Outside targets that it asked a channel for. */
  readonly targets: ReadonlySet<string>;
  /** Where the processes that it starts by itself begin; there once it has been wired. */
  entry: NodeSlot | undefined;
  source: RunningSource | undefined;
  /** How many retirements there had been when it was first wired. */
  since = Number.POSITIVE_INFINITY;
  /** How far into its life it got: whatever was begun is ended. */
  initialised = false;
  loadedHooks = 0;
  activated = false;

  constructor(setup: Setup, made: Pick<Member, 'instance' | 'types' | 'targets'>) {
    this.setup = setup;
    this.instance = made.instance;
    this.types = made.types;
    this.targets = made.targets;
  }

  /** Whether a node that is set up from this would be the same. */
  fits({ plan, info, baseDir, env }: Setup): boolean {
    const own = this.setup;
    return own.env === env && own.baseDir === baseDir && samePlan(own.plan, plan) && sameInfo(own.info, info);
  }
}

function sameInfo(before: NodeInfo, after: NodeInfo): boolean {
  return (
    before.id === after.id &&
    before.kind === after.kind &&
    before.service === after.service &&
    before.namespace === after.namespace &&
    before.name === after.name &&
    sameTexts(before.inputs, after.inputs) &&
    sameTexts(before.outputs, after.outputs)
  );
}

function sameTexts(before: readonly string[], after: readonly string[]): boolean {
  return before.length === after.length && before.every((text, index) => text === after[index]);
}

function samePlan(before: Plan, after: Plan): boolean {
  if (before === after) return true;
  if (before.kind !== after.kind) return false;
  if (before.resolution !== undefined || after.resolution !== undefined) return before.resolution === after.resolution;
  return isDeepStrictEqual(before.fields, after.fields);
}

/** What a node of a plan is told of itself. `linked` are its in-ports that edges lead to. */
export function infoOf(plan: Plan, linked: readonly string[]): NodeInfo {
  const { spec, service, inputs = [], outputs = [] } = plan;
  const { id, kind, namespace, name } = spec;
  return {
    id,
    kind,
    namespace,
    ...(name !== undefined && { name }),
    service,
    inputs: concretePorts(inputs, linked),
    outputs,
  };
}

/** Sets a node up. Rejects with what its kind threw, or once that took too long: what comes then is closed. */
export async function setUp(
  setup: Setup,
  host: NodeHost,
  { channel, outbound, timeoutMs }: { channel: (target: string) => Channel; outbound?: Outbound; timeoutMs: number },
): Promise<Member> {
  const { plan, info, baseDir } = setup;
  const targets = new Set<string>();
  const noted = (target: string): Channel => {
    targets.add(target);
    return channel(target);
  };
  const making = setUpNode({ kind: plan.kind!, fields: plan.fields, info, baseDir }, host, noted, outbound);
  let late = false;
  making
    .then(({ instance }) => (late ? closeInstance(instance) : undefined))
    .catch((error: unknown) => {
      if (late) host.logger.error('node failed to close', { node: info.service, error });
    });
  try {
    const made = await within(timeoutMs, making, () => new Error(`setup did not settle within ${timeoutMs} ms`));
    return new Member(setup, { ...made, targets });
  } catch (thrown) {
    late = true;
    throw thrown;
  }
}

/** The node that it is inside of, over any number of blocks; itself where it is in none. */
export function outerOf(plan: Plan): Plan {
  let outer = plan;
  while (outer.block !== undefined) outer = outer.block;
  return outer;
}

/** The key of a node among all of a graph. */
export function idOf({ spec }: Plan): string {
  return spec.id.toLowerCase();
}
