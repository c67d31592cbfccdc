import type { KindLookup } from '../nodes/kind-info.ts';
import { cyclicNodes } from './components.ts';
import { compositionOf } from './composition.ts';
import { quote } from './problems.ts';
import type { Reporter } from './reporter.ts';
import type { Report } from './rules.ts';
import type { EnvEntry, NodeSpec } from './spec.ts';
import { templateKeys } from './template.ts';

/** The kind of specs that make new kinds. */
export const chartKind = 'chart';

/** A kind made of specs: its name under `kind:` stands for all of them. */
export interface Chart {
  readonly spec: NodeSpec;
  /** Whether something is wrong with it, which was reported. */
  readonly faulty: boolean;
  /** Fields that its nodes may have; undefined for any. */
  readonly fields: ReadonlySet<string> | undefined;
}

/** Charts by the kind that they make, each in its namespace alone. */
export class Charts {
  readonly #charts = new Map<string, Chart>();
  readonly #kinds: KindLookup;

  constructor(specs: readonly NodeSpec[], kinds: KindLookup, reporter: Reporter) {
    this.#kinds = kinds;
    for (const spec of specs) this.#read(spec, reporter.on(spec));
    this.#refuseCycles(reporter);
  }

  get(kind: string, namespace: string): Chart | undefined {
    return this.#charts.get(`${namespace}/${kind}`);
  }

  /** The kinds that charts make in a namespace. */
  names(namespace: string): string[] {
    return [...this.#charts.values()].filter(({ spec }) => spec.namespace === namespace).map(({ spec }) => spec.name!);
  }

  #read(spec: NodeSpec, report: Report): void {
    const { name, namespace, ports, env = {} } = spec;
    let faulty = false;
    const fault: Report = (...one) => {
      faulty = true;
      report(...one);
    };
    if (name === undefined) fault('missing field "name"', [], 'wanted the name of the kind that it makes');
    else if (name === chartKind || this.#kinds.get(name) !== undefined)
      fault(`kind ${quote(name)} is known already`, ['name'], 'rename it');
    if (ports !== undefined) fault('a chart has no ports of its own', ['ports'], 'write them at its nodes');
    for (const one of compositionOf(spec).faults) fault(...one);
    if (name === undefined) return;
    if (this.get(name, namespace) !== undefined) {
      fault(`another chart makes kind ${quote(name)} in namespace ${quote(namespace)}`, ['name'], 'rename one of them');
      return;
    }
    this.#charts.set(`${namespace}/${name}`, { spec, faulty, fields: fieldsOf(env) });
  }

  #refuseCycles(reporter: Reporter): void {
    const uses = (chart: Chart): Chart[] =>
      kindsIn(chart.spec).flatMap((kind) => this.get(kind, chart.spec.namespace) ?? []);
    for (const chart of cyclicNodes(this.#charts.values(), uses)) {
      const { spec } = chart;
      const next = uses(chart).map((one) => quote(one.spec.name));
      reporter.on(spec)(`it is made of itself, through ${next.join(', ')}`, ['specs'], 'take the cycle apart');
      this.#charts.set(`${spec.namespace}/${spec.name}`, { ...chart, faulty: true });
    }
  }
}

/** The kinds of all specs inside, those in blocks included. */
function kindsIn(spec: NodeSpec): string[] {
  const kinds = new Set<string>();
  const seen = new Set<unknown>();
  const open: unknown[] = [spec.specs];
  while (open.length > 0) {
    const list = open.pop();
    if (!Array.isArray(list) || seen.has(list)) continue;
    seen.add(list);
    for (const inner of list as Partial<NodeSpec>[]) {
      if (typeof inner?.kind === 'string') kinds.add(inner.kind);
      open.push(inner?.specs);
    }
  }
  return [...kinds];
}

/** What entries without id and name read: the fields of the chart's nodes. */
function fieldsOf(env: NonNullable<NodeSpec['env']>): ReadonlySet<string> | undefined {
  const entries = Object.values(env).flat() as EnvEntry[];
  const keys = entries.filter(({ id, name }) => (id ?? name) === undefined).flatMap(({ data }) => templateKeys(data));
  return keys.includes('') ? undefined : new Set(keys);
}
