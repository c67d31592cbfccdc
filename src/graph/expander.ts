import { isDeepStrictEqual } from 'node:util';
import type { KindInfo, KindLookup } from '../nodes/kind-info.ts';
import { nodeLabel } from '../nodes/names.ts';
import { Secrets } from '../nodes/secrets.ts';
import { idOfPlace } from '../stores/document-id.ts';
import { placeCopy } from '../wire/yaml/position.ts';
import { blockParts, type Parts } from './block.ts';
import { instanceParts } from './chart-instance.ts';
import type { Charts } from './charts.ts';
import type { Composition } from './composition.ts';
import { type Draft, draftOf, type Inside } from './draft.ts';
import type { EdgeBudget } from './edge-budget.ts';
import { fillBlock, sameBlock } from './fill-block.ts';
import { FillBudget, nothingFilled, tooMuchFilled } from './fill-budget.ts';
import { InnerIndex } from './inner-index.ts';
import type { Reads, Sources } from './reads.ts';
import type { Reporter } from './reporter.ts';
import { type Earlier, type Resolution, redactedFaults, resolutionOf } from './resolution.ts';
import type { Fault } from './rules.ts';
import { nothing, type Scope } from './scope.ts';
import type { NodeSpec } from './spec.ts';
import { reportUnknownKind } from './unknown-kind.ts';

/** What a graph may grow to, whatever its blocks and charts say. */
export const compositionLimits = { depth: 16, innerNodes: 10_000 };

export interface ExpanderOptions<K extends KindInfo> {
  readonly kinds: KindLookup<K>;
  readonly charts: Charts;
  readonly sources: Sources;
  readonly reporter: Reporter;
  /** Nodes of an earlier graph, to be taken over where nothing changed. */
  readonly previous: readonly Earlier<K>[];
  readonly edges: EdgeBudget;
}

/** Where a spec stands. */
interface Place<K extends KindInfo> {
  readonly around: Scope;
  /** Of the spec that is in no block. */
  readonly budget: FillBudget;
  readonly block?: Draft<K>;
}

/** A block, once its own part was read. */
interface Composed<K extends KindInfo> {
  readonly kind: K;
  readonly parts: Parts;
  readonly secrets: Secrets | undefined;
  readonly budget: FillBudget;
  readonly block: Draft<K> | undefined;
}

/** Makes drafts of specs, those inside of blocks and charts included. */
export class Expander<K extends KindInfo> {
  /** All of them: each block before what is inside of it. */
  readonly drafts: Draft<K>[] = [];
  readonly #options: ExpanderOptions<K>;
  readonly #previous: ReadonlyMap<string, Earlier<K>>;
  #innerLeft = compositionLimits.innerNodes;

  constructor(options: ExpanderOptions<K>) {
    this.#options = options;
    this.#previous = new Map(options.previous.map((node) => [node.spec.id, node]));
  }

  /** Never throws for what a spec says, nor for what its kind makes of it: that is a problem of the node. */
  add(spec: NodeSpec, place: Place<K> = { around: nothing, budget: new FillBudget() }): Draft<K> {
    const draft = this.#attempt(spec, () => this.#draft(spec, place));
    return draft ?? this.#keep(draftOf(spec, { block: place.block }));
  }

  #draft(spec: NodeSpec, { around, budget, block }: Place<K>): Draft<K> {
    const { kinds, charts, sources, reporter } = this.#options;
    const report = reporter.on(spec);
    const chart = charts.get(spec.kind, spec.namespace);
    const kind = kinds.get(chart === undefined ? spec.kind : 'block');
    if (kind?.composed) {
      const faults: Fault[] = [];
      const from = { around, sources, budget, report: (...fault: Fault) => faults.push(fault) };
      const parts =
        chart === undefined
          ? blockParts(spec, from, kind.composed === 'chain' ? 'chain' : 'block')
          : instanceParts(spec, chart, from);
      const secrets = Secrets.of(parts.reads.secrets);
      for (const fault of redactedFaults(faults, secrets)) report(...fault);
      return this.#compose(spec, { kind, parts, secrets, budget, block });
    }
    if (kind === undefined) {
      reportUnknownKind(spec, () => [...kinds.keys(), ...charts.names(spec.namespace)], report);
      return this.#keep(draftOf(spec, { block }));
    }
    const resolution = resolutionOf(spec, kind, { around, sources, budget, before: this.#previous.get(spec.id) });
    for (const fault of resolution.faults) report(...fault);
    const { fields, inputs, outputs, reads, secrets } = resolution;
    const boundValues = reads.valueIds;
    return this.#keep(draftOf(spec, { kind, fields, inputs, outputs, resolution, boundValues, secrets, block }));
  }

  #keep(draft: Draft<K>): Draft<K> {
    this.drafts.push(draft);
    return draft;
  }

  /** Undefined when it threw, which was reported. */
  #attempt<T>(spec: NodeSpec, run: () => T): T | undefined {
    const { reporter, sources } = this.#options;
    try {
      return run();
    } catch (thrown) {
      // What it was about to read is not known.
      const secrets = Secrets.of(sources.values.dataIn(spec.namespace));
      const said = String(thrown);
      reporter.on(spec)(`it cannot be looked up: ${secrets?.redact(said) ?? said}`, []);
      return undefined;
    }
  }

  #compose(spec: NodeSpec, { kind, parts, secrets, budget, block }: Composed<K>): Draft<K> {
    const { composition, scope, reads } = parts;
    const report = this.#options.reporter.on(spec);
    const nodes: Draft<K>[] = [];
    const index = new InnerIndex<K>(nodeLabel(spec));
    const inside = { nodes, index, exits: new Map() } satisfies Inside<K>;
    const { inbounds, outbounds } = composition;
    const draft: { -readonly [P in keyof Draft<K>]: Draft<K>[P] } = draftOf(spec, {
      kind,
      block,
      inside,
      inputs: Object.keys(inbounds),
      outputs: Object.keys(outbounds),
      boundValues: reads.valueIds,
      secrets,
    });
    this.#keep(draft);
    const tooMuch = this.#refusal(depthOf(draft), composition.specs, budget);
    if (tooMuch !== undefined) {
      report(tooMuch, ['specs']);
      return draft;
    }
    this.#innerLeft -= composition.specs.length;
    for (const inner of composition.specs) {
      const child = this.add(innerSpec(inner.spec, inner.name, spec), { around: scope, budget, block: draft });
      index.add(inner, child, this.#options.reporter.on(child.spec));
      nodes.push(child);
    }
    draft.resolution = this.#attempt(spec, () => {
      const fields = fillBlock(draft, composition, inside.exits, { report, edges: this.#options.edges });
      return this.#blockResolution({ ...draft, fields }, reads);
    });
    draft.fields = draft.resolution?.fields;
    return draft;
  }

  #refusal(depth: number, specs: Composition['specs'], budget: FillBudget): string | undefined {
    const { depth: deepest, innerNodes } = compositionLimits;
    if (depth > deepest) return `it nests deeper than ${deepest} blocks`;
    if (specs.length > this.#innerLeft) return `blocks and charts grow to more than ${innerNodes} nodes`;
    return specs.every(({ spec }) => budget.take(spec)) ? undefined : tooMuchFilled;
  }

  /** A block only passes packets on, so it is the same while its ports and the nodes behind them are. */
  #blockResolution({ spec, kind, ...draft }: Draft<K>, reads: Reads): Resolution<K> | undefined {
    const { inputs, outputs, fields, secrets } = draft;
    if (fields === undefined) return undefined;
    const before = this.#previous.get(spec.id)?.resolution;
    if (before?.kind === kind && isDeepStrictEqual(before?.inputs, inputs) && sameBlock(before?.fields, fields))
      return before;
    const inherited = new Map<string, unknown>();
    return {
      kind: kind!,
      fields,
      inputs,
      outputs,
      faults: [],
      reads,
      secrets,
      inherited,
      filled: nothingFilled,
      enclosed: false,
    };
  }
}

/** An inner spec where it stands: two nodes of one chart share what was written, and nothing else. */
function innerSpec(written: NodeSpec, name: string, block: NodeSpec): NodeSpec {
  const { id, namespace } = block;
  // No spec can state it, so none can take its place.
  const place = { id: `${id}/${idOfPlace(`${id}/${name}`, 0)}`, namespace, name: `${nodeLabel(block)}/${name}` };
  return placeCopy({ ...written, ...place }, written);
}

function depthOf<K extends KindInfo>({ block }: Draft<K>): number {
  let depth = 1;
  for (let outer = block; outer !== undefined; outer = outer.block) depth++;
  return depth;
}
