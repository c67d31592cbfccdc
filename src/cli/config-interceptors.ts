import type { Interceptor } from '../core/context.ts';
import { didYouMean, quote } from '../graph/problems.ts';
import { dropped, isRecord, listOf, type Report, type Rule } from '../graph/rules.ts';
import { formatPath, type Path, placeCopy } from '../wire/yaml/position.ts';
import { type MethodMatch, methodMatch } from './config-match.ts';
import type { ConfigSource } from './config-source.ts';
import { unquoted } from './config-values.ts';
import type { Wiring } from './config-wiring.ts';

/** Where interceptors stand: around the server's calls, around each node, on each edge. */
export const places = ['server', 'nodes', 'edges'] as const;
export type Place = (typeof places)[number];

/** An interceptor as a config file can ask for it. */
export interface ConfigurableInterceptor {
  readonly places: readonly Place[];
  /** What its options must be. */
  options(source: ConfigSource): Rule;
  /** Makes it from what the rule kept. What it refuses is a problem of the config file. */
  make(options: unknown, wiring: Wiring): Interceptor;
}

/** States one, with the type of what its rule keeps. */
export function configurable<O>(stated: {
  places?: readonly Place[];
  options(source: ConfigSource): Rule;
  make(options: O, wiring: Wiring): Interceptor;
}): ConfigurableInterceptor {
  const { places: allowed = places, options, make } = stated;
  return { places: allowed, options, make: (given, wiring) => make(given as O, wiring) };
}

/** One entry of a list of interceptors, as it was read. */
export interface InterceptorEntry {
  readonly name: string;
  readonly kind: ConfigurableInterceptor;
  readonly options: unknown;
  /** Methods it is for, and methods it is not for. */
  readonly only?: MethodMatch;
  readonly except?: MethodMatch;
  /** Where it stands in the config. */
  readonly path: Path;
}

/** Reads one list of interceptors: names, or mappings of a name to its options with `only` and `except` beside it. */
export function interceptorList(
  place: Place,
  table: Readonly<Record<string, ConfigurableInterceptor>>,
  source: ConfigSource,
): Rule {
  return listOf('a list of interceptors', {
    wanted: 'the name of an interceptor, or a mapping of its name to its options',
    read(value, path, report) {
      if (typeof value === 'string') return readEntry({ name: value, written: {}, path }, report);
      if (!isRecord(value)) return undefined;
      const { only, except, ...rest } = value;
      const [name, ...more] = Object.keys(rest);
      if (name === undefined || more.length > 0) {
        const named = name === undefined ? 'no interceptor' : [name, ...more].map(quoteName).join(' and ');
        report(`${formatPath(path)} names ${named}`, path, 'wanted one, with its options indented below it');
        return dropped;
      }
      const scope = Object.entries({ only, except }).flatMap(([key, one]) => {
        const kept = one === undefined ? undefined : readMatch(one, [...path, key], report);
        return kept === undefined ? [] : [[key, kept] as const];
      });
      const entry = readEntry({ name, written: rest[name] ?? {}, path }, report);
      return entry === dropped ? dropped : placeCopy({ ...entry, ...Object.fromEntries(scope) }, value);
    },
  });

  function readEntry(
    { name, written, path }: { name: string; written: unknown; path: Path },
    report: Report,
  ): InterceptorEntry | typeof dropped {
    const kind = Object.hasOwn(table, name) ? table[name] : undefined;
    const at = [...path, name];
    if (kind === undefined) {
      const known = Object.keys(table);
      const hint = didYouMean(name, known) ?? `wanted one of ${known.join(', ')}`;
      report(`unknown interceptor ${quoteName(name)}`, at, hint);
      return dropped;
    }
    if (!kind.places.includes(place)) {
      report(`${quote(name)} cannot stand in interceptors.${place}`, at, `wanted it in ${kind.places.join(' or ')}`);
      return dropped;
    }
    let faults = 0;
    // Some options are secrets, and all are where a secret may stand by mistake.
    const options = unquoted(kind.options(source)).read(written, at, (...fault) => {
      faults++;
      report(...fault);
    });
    // Made from what is left, it would complain of what is missing, or be another policy than was meant.
    return faults > 0 ? dropped : { name, kind, options, path: at };
  }
}

function readMatch(value: unknown, path: Path, report: Report): unknown {
  const kept = unquoted(methodMatch).read(value, path, report);
  return kept === dropped ? undefined : kept;
}

/** A secret may stand there by mistake: it has digits or is long. */
function quoteName(name: string): string {
  return /^[a-z]{1,30}$/i.test(name) ? quote(name) : '(its name is not shown)';
}
