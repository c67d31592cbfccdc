import type { default as findMyWay, HTTPMethod } from 'find-my-way';

/** One line of a router. */
export interface Route {
  readonly method: string;
  /** `/users/:id`, `/files/*`. */
  readonly path: string;
  /** By its full name. */
  readonly port: string;
}

/** Where a request goes, and what its path says. */
export interface RouteMatch {
  readonly port: string;
  /** Undefined when the route names none. */
  readonly params: Record<string, string> | undefined;
}

interface Target {
  readonly port: string;
  /** Of its parameters, in order; `*` for the rest of the path. */
  readonly names: readonly string[];
}

type Finder = ReturnType<typeof findMyWay>;

/** Finds the route of a request: the most literal one, whatever the order that they were written in. */
export class RouteTable {
  readonly #finder: Finder;
  readonly #methods: readonly HTTPMethod[];

  private constructor(finder: Finder, methods: readonly HTTPMethod[]) {
    this.#finder = finder;
    this.#methods = methods;
  }

  /** Rejects for a method that HTTP does not have. */
  static async from(routes: readonly Route[]): Promise<RouteTable> {
    const { default: create } = await import('find-my-way');
    // Its own bound is against slow patterns, which routes cannot have here.
    const finder = create({ caseSensitive: true, maxParamLength: 65_536 });
    for (const { method, path, port } of routes) {
      const { pattern, names } = patternOf(path);
      finder.on(method as HTTPMethod, pattern, ignored, { port, names } satisfies Target);
    }
    return new RouteTable(finder, [...new Set(routes.map(({ method }) => method as HTTPMethod))]);
  }

  /** Undefined when no route has both. HEAD goes where GET does unless it has a route of its own. */
  find(method: string, path: string): RouteMatch | undefined {
    const found =
      this.#finder.find(method as HTTPMethod, path) ?? (method === 'HEAD' ? this.#finder.find('GET', path) : null);
    if (found === null) return undefined;
    const { port, names } = found.store as Target;
    if (names.length === 0) return { port, params: undefined };
    const params: Record<string, string> = {};
    names.forEach((name, index) => {
      const value = found.params[name === '*' ? name : `p${index}`] ?? '';
      if (name === '__proto__') Object.defineProperty(params, name, { value, enumerable: true });
      else params[name] = value;
    });
    return { port, params };
  }

  /** Methods that have a route for the path, OPTIONS first; none when the path has no route at all. */
  allowed(path: string): readonly string[] {
    const methods: string[] = this.#methods.filter((method) => this.#finder.find(method, path) !== null);
    if (methods.length === 0) return methods;
    if (methods.includes('GET')) methods.push('HEAD');
    return [...new Set(['OPTIONS', ...methods])];
  }
}

function ignored(): void {}

/** What two routes for the same requests have in common. */
export function routeShape({ method, path }: Route): string {
  return `${method} ${patternOf(path).pattern.replaceAll(/:p\d+/g, ':')}`;
}

/** Why a path is no path of a route; undefined when it is. */
export function pathFault(path: string): string | undefined {
  const star = path.indexOf('*');
  if (star !== -1 && star !== path.length - 1) return '"*" must be the end';
  const { names } = patternOf(path);
  if (names.includes('')) return 'a name is missing after ":"';
  if (new Set(names).size < names.length) return 'a name is there twice';
  return /[?#]/.test(path) ? '"?" and "#" are no part of a path' : undefined;
}

/** The path in the words of the library: parameters end at "/" alone there, and "\:" is a colon. */
function patternOf(path: string): { pattern: string; names: string[] } {
  const names: string[] = [];
  const rooted = path.startsWith('/') ? path : `/${path}`;
  const pattern = rooted.replace(/\\:|:([^/*]*)|\*$/g, (part, name: string | undefined) => {
    if (part === '\\:') return '::';
    names.push(part === '*' ? '*' : (name ?? ''));
    return part === '*' ? '*' : `:p${names.length - 1}`;
  });
  return { pattern, names };
}
