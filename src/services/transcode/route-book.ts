import type { Binding } from './binding.ts';
import { bindingsOf } from './binding.ts';
import { type PathMatch, PathTree } from './path-tree.ts';
import type { ServiceSource } from './service-source.ts';

/** What HTTP paths lead to, kept up to date with the services there are. */
export class RouteBook {
  readonly #source: ServiceSource;
  readonly #onProblem: (problem: string) => void;
  readonly #told = new Set<string>();
  readonly #unwatch: () => void;
  #rules: PathTree<Binding> | undefined;

  constructor(source: ServiceSource, onProblem: (problem: string) => void) {
    this.#source = source;
    this.#onProblem = onProblem;
    this.#unwatch = source.watch(() => {
      this.#rules = undefined;
    });
  }

  /** A binding and what its path holds; the HTTP methods that would do; or undefined. */
  find(path: string, verb: string): PathMatch<Binding> | ReadonlySet<string> | undefined {
    const found = (this.#rules ??= this.#tree()).find(path, verb);
    if (found !== undefined && 'value' in found) return found;
    const direct = this.#direct(path);
    if (direct.length === 0) return found;
    const value = direct.find((binding) => binding.verb === verb);
    return value === undefined
      ? new Set([...(found ?? []), ...direct.map((one) => one.verb)])
      : { value, captured: none };
  }

  /** All bindings, those of rules first. */
  *bindings(): IterableIterator<Binding> {
    for (const service of this.#source.services) yield* bindingsOf(service)?.rules ?? [];
    for (const service of this.#source.services) yield* bindingsOf(service)?.direct ?? [];
  }

  close(): void {
    this.#unwatch();
  }

  #direct(path: string): readonly Binding[] {
    const slash = path.indexOf('/', 1);
    const service = slash < 0 ? undefined : this.#source.get(path.slice(1, slash));
    if (service === undefined) return [];
    return bindingsOf(service)?.direct.filter(({ method }) => method.path === path) ?? [];
  }

  #tree(): PathTree<Binding> {
    const tree = new PathTree<Binding>();
    const problems: string[] = [];
    for (const service of this.#source.services) {
      const { rules = [], problems: own = [] } = bindingsOf(service) ?? {};
      problems.push(...own);
      for (const binding of rules) {
        const taken = tree.add(binding.template, binding.verb, binding);
        if (taken !== undefined)
          problems.push(
            `${binding.method.path.slice(1)} has no path "${binding.template.text}": ${taken.method.path.slice(1)} has ${binding.verb} "${taken.template.text}"`,
          );
      }
    }
    for (const problem of problems) {
      if (this.#told.has(problem) || this.#told.size > 1_000) continue;
      this.#told.add(problem);
      this.#onProblem(problem);
    }
    return tree;
  }
}

const none: ReadonlyMap<string, string> = new Map();
