import type { KindInfo } from '../nodes/kind-info.ts';
import { positionOf } from '../wire/yaml/position.ts';
import { type Problem, problem, quote } from './problems.ts';
import type { ResolvedNode } from './resolved.ts';
import type { NodeSpec } from './spec.ts';
import type { Steps } from './steps.ts';
import type { StoredValue } from './values.ts';

/** What a node would reach outside of its graph, templates filled in, and where that comes from. */
export interface GuardedNode {
  /** Its spec, those of the blocks and charts that it is of, and the stored values that it is made of: their annotations say who brought them. */
  readonly origins: readonly { readonly annotations?: Readonly<Record<string, string>> }[];
  /** Its own fields, secrets in clear. */
  readonly fields: unknown;
  /** Ends of its edges, and the target that it asks a channel to, while it does. */
  readonly reaches: readonly { readonly target?: string; readonly proto?: string }[];
}

/** Says why a node must not run although nothing is wrong with it; undefined when it may. Asked before anything of it is loaded. */
export type Guard = (node: GuardedNode) => string | undefined;

/** One graph's nodes before a guard. */
export class Guarding {
  readonly #guard: Guard;
  readonly #charts = new Map<string, NodeSpec>();
  readonly #values: ReadonlyMap<string, StoredValue>;

  constructor(guard: Guard, specs: readonly NodeSpec[], values: readonly StoredValue[] = []) {
    this.#guard = guard;
    for (const spec of specs) if (spec.kind === 'chart') this.#charts.set(`${spec.namespace}/${spec.name}`, spec);
    this.#values = new Map(values.map((value) => [value.id, value]));
  }

  /** Why the node must not run; with `target`, why it must not have a channel to it. */
  refusal(plan: ResolvedNode, target?: string): string | undefined {
    const reaches = target === undefined ? endsOf(plan.spec) : [{ target }];
    return this.#guard({ origins: this.#originsOf(plan), fields: target === undefined ? plan.fields : {}, reaches });
  }

  /** Throws when the node must not have a channel to the target. */
  check(plan: ResolvedNode, target: string): void {
    const refusal = this.refusal(plan, target);
    if (refusal !== undefined) throw new Error(refusal);
  }

  /** The refused nodes among all, found in steps. */
  *problems(plans: readonly ResolvedNode<KindInfo>[]): Steps<Map<ResolvedNode, Problem>> {
    const found = new Map<ResolvedNode, Problem>();
    for (const plan of plans) {
      yield;
      const reason = this.refusal(plan);
      if (reason === undefined) continue;
      const { spec, service } = plan;
      const message = `Cannot load node ${quote(spec.name ?? service)}: ${reason}`;
      found.set(plan, problem(message, { at: positionOf(spec), node: service, id: spec.id }));
    }
    return found;
  }

  #originsOf(plan: ResolvedNode): GuardedNode['origins'] {
    const origins: GuardedNode['origins'][number][] = [];
    for (let node: ResolvedNode | undefined = plan; node !== undefined; node = node.block) {
      origins.push(node.spec);
      const chart = this.#charts.get(`${node.spec.namespace}/${node.spec.kind}`);
      if (chart !== undefined) origins.push(chart);
      for (const id of node.boundValues) {
        const value = this.#values.get(id);
        if (value !== undefined) origins.push(value);
      }
    }
    return origins;
  }
}

function endsOf({ ports = {} }: NodeSpec): GuardedNode['reaches'] {
  return Object.values(ports).flat();
}
