import type { Idempotency, Method, MethodKind, Service } from './method.ts';
import { checkOptions } from './options.ts';

/** What methods have in common; a list means any of it, what is left out does not matter. */
export interface MethodTraits {
  /** Full name of the service. */
  service?: string | readonly string[];
  /** As in the proto file: `SayHello`. */
  name?: string | readonly string[];
  kind?: MethodKind | readonly MethodKind[];
  idempotency?: Idempotency | readonly Idempotency[];
  /** False: paths that nobody registered. */
  known?: boolean;
}

/** Which methods: a predicate, a service, a path in which a trailing `*` stands for anything, a service's name, or traits. */
export type Match = ((method: Method) => boolean) | Service | MethodTraits | string;

const traitNames = ['service', 'name', 'kind', 'idempotency', 'known'] as const;

/** The predicate that a match stands for. A TypeError for what is none. */
export function matching(match: Match): (method: Method) => boolean {
  if (typeof match === 'function') return match;
  if (typeof match === 'string') {
    if (match.endsWith('*')) return (method) => method.path.startsWith(match.slice(0, -1));
    return (method) => method.path === match || method.service === match;
  }
  if (typeof match !== 'object' || match === null)
    throw new TypeError(`Cannot match methods by ${String(match)}: wanted a service, a path, traits or a function`);
  if ('methods' in match) return (method) => method.service === match.name;
  checkOptions('a match of methods', match, traitNames);
  const wanted = traitNames.flatMap((name) =>
    match[name] === undefined ? [] : [[name, [match[name]].flat()] as const],
  );
  return (method) => wanted.every(([name, values]) => (values as readonly unknown[]).includes(method[name]));
}
