import { type Composition, compositionOf, type Form } from './composition.ts';
import { readEnv } from './env.ts';
import type { FillBudget } from './fill-budget.ts';
import { Reads, type Sources } from './reads.ts';
import type { Report } from './rules.ts';
import { type Scope, within } from './scope.ts';
import type { NodeSpec } from './spec.ts';

/** What a node that is made of others comes down to. */
export interface Parts {
  readonly composition: Composition;
  /** What the templates inside may use. */
  readonly scope: Scope;
  readonly reads: Reads;
}

/** Where a block reads from, and who is told what is wrong with it. */
export interface PartsOptions {
  readonly around: Scope;
  readonly sources: Sources;
  readonly budget: FillBudget;
  readonly report: Report;
}

/** A block's parts, or a step's. Its env is there for the nodes inside, beside that of the blocks around it. */
export function blockParts(
  spec: NodeSpec,
  { around, sources, budget, report }: PartsOptions,
  form: Form = 'block',
): Parts {
  const { namespace, env = {} } = spec;
  const composition = compositionOf(spec, form);
  for (const fault of composition.faults) report(...fault);
  const own = readEnv(env, { namespace, sources, budget }, report);
  const reads = new Reads();
  for (const entry of own.values()) reads.add(entry.reads);
  return { composition, scope: within(around, own), reads };
}
