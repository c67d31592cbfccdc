import type { KindInfo } from '../nodes/kind-info.ts';
import { nodeProblem } from './node-problem.ts';
import type { Problem } from './problems.ts';
import type { ResolvedNode } from './resolved.ts';
import type { NodeSpec } from './spec.ts';
import type { Steps } from './steps.ts';
import type { StoredValue } from './values.ts';

/** What a node would reach outside of its graph, templates filled in, and where that comes from. */
export interface GuardedNode {
  /** Its spec, those of the blocks and charts that it is of, and the stored values that it is made of: their annotations say who brought them. */
  readonly origins: readonly Originated[];
  /** The stored values among those. */
  readonly values: readonly (Originated & { readonly name?: string })[];
  /** Its own fields, secrets in clear; undefined when one place alone is asked about. */
  readonly fields: unknown;
  /** Of what kind it is. */
  readonly kind: string;
  /** Ends of its edges, the target that it asks a channel to, or where it would connect, while it does. */
  readonly reaches: readonly Reach[];
}

/** Something that a node is made of. */
export interface Originated {
  readonly annotations?: Readonly<Record<string, string>>;
}

/** One place that a node would reach. */
export interface Reach {
  readonly target?: string;
  readonly proto?: string;
  readonly url?: string;
  /** What the host of the target or URL stands for. */
  readonly address?: string;
}

/** Says why a node must not run although nothing is wrong with it; undefined when it may. Asked before anything of it is loaded. */
export type Guard = (node: GuardedNode) => string | undefined;

/** One graph's nodes before a guard. */
export class Guarding {
  readonly #guard: Guard;
  readonly #charts = new Map<string, NodeSpec>();
  readonly #values: ReadonlyMap<string, StoredValue>;
  readonly #plans: readonly ResolvedNode[];

  constructor(
    guard: Guard,
    specs: readonly NodeSpec[],
    values: readonly StoredValue[] = [],
    plans: readonly ResolvedNode[] = [],
  ) {
    this.#guard = guard;
    this.#plans = plans;
    for (const spec of specs) if (spec.kind === 'chart') this.#charts.set(`${spec.namespace}/${spec.name}`, spec);
    this.#values = new Map(values.map((value) => [value.id, value]));
  }

  /** Why the node must not run; with `reach`, why it must not connect there. */
  refusal(plan: ResolvedNode, reach?: Reach): string | undefined {
    const reaches = reach === undefined ? endsOf(plan.spec) : [reach];
    const fields = reach === undefined ? plan.fields : undefined;
    const kind = plan.kind?.kind ?? plan.spec.kind;
    return this.#guard({ ...this.#originsOf(plan), kind, fields, reaches });
  }

  /** Why a target must not be reached at an address: a node that must not names it. */
  refusalAt(target: string, address: string): string | undefined {
    for (const plan of this.#plans) {
      if (!leadsTo(plan, target)) continue;
      const refusal = this.refusal(plan, { target, address });
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  }

  /** Throws when the node must not have a channel to the target. */
  check(plan: ResolvedNode, target: string): void {
    const refusal = this.refusal(plan, { target });
    if (refusal !== undefined) throw new Error(refusal);
  }

  /** The refused nodes among all, found in steps. */
  *problems(plans: readonly ResolvedNode<KindInfo>[]): Steps<Map<ResolvedNode, Problem>> {
    const found = new Map<ResolvedNode, Problem>();
    for (const plan of plans) {
      yield;
      const reason = this.refusal(plan);
      if (reason !== undefined) found.set(plan, nodeProblem(plan, reason));
    }
    return found;
  }

  #originsOf(plan: ResolvedNode): Pick<GuardedNode, 'origins' | 'values'> {
    const origins: Originated[] = [];
    const values: StoredValue[] = [];
    for (let node: ResolvedNode | undefined = plan; node !== undefined; node = node.block) {
      origins.push(node.spec);
      const chart = this.#charts.get(`${node.spec.namespace}/${node.spec.kind}`);
      if (chart !== undefined) origins.push(chart);
      for (const id of node.boundValues) {
        const value = this.#values.get(id);
        if (value !== undefined) values.push(value);
      }
    }
    return { origins: [...origins, ...values], values };
  }
}

function leadsTo({ spec, fields }: ResolvedNode, target: string): boolean {
  if (endsOf(spec).some((end) => end.target === target)) return true;
  return typeof fields === 'object' && fields !== null && Object.values(fields).flat().includes(target);
}

function endsOf({ ports = {} }: NodeSpec): GuardedNode['reaches'] {
  return Object.values(ports).flat();
}
