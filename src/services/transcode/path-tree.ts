import type { PathTemplate, Variable } from './path-template.ts';

/** A path that a template matched, and what its variables hold. */
export interface PathMatch<T> {
  readonly value: T;
  /** Text by field, decoded. */
  readonly captured: ReadonlyMap<string, string>;
}

interface Leaf<T> {
  readonly template: PathTemplate;
  readonly value: T;
}

interface Branch<T> {
  readonly literals: Map<string, Branch<T>>;
  one?: Branch<T>;
  rest?: Branch<T>;
  /** By `verb METHOD`. */
  readonly leaves: Map<string, Leaf<T>>;
}

/** Path templates as a tree: texts go before `*`, and `*` before `**`. */
export class PathTree<T> {
  readonly #root: Branch<T> = branch();

  /** Adds a template for an HTTP method, `*` for any; gives the value that is there already, and then adds nothing. */
  add(template: PathTemplate, method: string, value: T): T | undefined {
    let at = this.#root;
    for (const segment of template.segments) {
      if (segment === '*') at = at.one ??= branch();
      else if (segment === '**') at = at.rest ??= branch();
      else {
        let next = at.literals.get(segment.text);
        if (next === undefined) at.literals.set(segment.text, (next = branch()));
        at = next;
      }
    }
    const key = `${template.verb} ${method}`;
    const taken = at.leaves.get(key);
    if (taken !== undefined) return taken.value;
    at.leaves.set(key, { template, value });
    return undefined;
  }

  /**
   * What a path, as it came, leads to; or the methods that it may be asked with, when it is not this one; undefined for a path that no
   * template has, or whose percent-encoding is none.
   */
  find(path: string, method: string): PathMatch<T> | ReadonlySet<string> | undefined {
    const raw = path.slice(1).split('/');
    if (path === '/') raw.pop();
    const last = raw.at(-1) ?? '';
    const colon = last.lastIndexOf(':');
    const allowed = new Set<string>();
    // A verb, when there is one of that name; else a colon is like any other character.
    const ways =
      colon < 0
        ? [{ raw, verb: '' }]
        : [
            { raw: [...raw.slice(0, -1), last.slice(0, colon)], verb: last.slice(colon + 1) },
            { raw, verb: '' },
          ];
    for (const way of ways) {
      const texts = way.raw.map(decoded);
      if (texts.includes(undefined)) return undefined;
      const leaf = search(this.#root, texts as string[], 0, { verb: way.verb, method, allowed });
      if (leaf !== undefined) return { value: leaf.value, captured: capture(leaf.template.variables, way.raw) };
    }
    return allowed.size > 0 ? allowed : undefined;
  }
}

interface Wanted {
  readonly verb: string;
  readonly method: string;
  readonly allowed: Set<string>;
}

function branch<T>(): Branch<T> {
  return { literals: new Map(), leaves: new Map() };
}

function search<T>(at: Branch<T>, texts: readonly string[], index: number, wanted: Wanted): Leaf<T> | undefined {
  if (index === texts.length) return leafOf(at, wanted) ?? (at.rest && leafOf(at.rest, wanted));
  const text = texts[index]!;
  const literal = at.literals.get(text);
  const found = literal && search(literal, texts, index + 1, wanted);
  if (found !== undefined) return found;
  const one = text === '' ? undefined : at.one && search(at.one, texts, index + 1, wanted);
  return one ?? (at.rest && leafOf(at.rest, wanted));
}

function leafOf<T>({ leaves }: Branch<T>, { verb, method, allowed }: Wanted): Leaf<T> | undefined {
  const found = leaves.get(`${verb} ${method}`) ?? leaves.get(`${verb} *`);
  if (found !== undefined) return found;
  for (const key of leaves.keys()) if (key.startsWith(`${verb} `)) allowed.add(key.slice(verb.length + 1));
  return undefined;
}

function capture(variables: readonly Variable[], raw: readonly string[]): Map<string, string> {
  return new Map(
    variables.map(({ field, start, end, multiple }) => {
      const parts = raw.slice(start, end);
      return [field, multiple ? parts.map(keepingSlashes).join('/') : (decoded(parts[0]!) ?? '')];
    }),
  );
}

function decoded(raw: string): string | undefined {
  if (!raw.includes('%')) return raw;
  try {
    return decodeURIComponent(raw);
  } catch {
    return undefined;
  }
}

/** Where a slash separates segments, an encoded one is no separator. */
function keepingSlashes(raw: string): string {
  return raw
    .split(/(%2f)/i)
    .map((part) => (/^%2f$/i.test(part) ? part : (decoded(part) ?? part)))
    .join('');
}
