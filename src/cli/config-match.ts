import { type Match, type MethodTraits, matching } from '../core/method-match.ts';
import { isRecord, type Rule, record } from '../graph/rules.ts';
import { flag, mappingOr, oneOrMore, text, word } from './config-values.ts';

/** Methods as a config file names them: a service, a path, or traits; several mean any of them. */
export type MethodMatch = string | MethodTraits | readonly (string | MethodTraits)[];

const traits = filled(
  record('a mapping such as { service: default.greet }', {
    service: filled(oneOrMore(text)),
    name: filled(oneOrMore(text)),
    kind: filled(oneOrMore(word('unary', 'serverStream', 'clientStream', 'bidi'))),
    idempotency: filled(oneOrMore(word('unknown', 'no-side-effects', 'idempotent'))),
    known: flag,
  } satisfies Record<keyof MethodTraits, Rule>),
);

export const methodMatch: Rule = filled(
  oneOrMore(mappingOr(traits, { ...text, wanted: 'a service, a path such as "/default.greet/*"' })),
);

/** The match that it stands for. */
export function matchOf(match: MethodMatch): Match {
  const predicates = [match].flat().map((one) => matching(one as Match));
  return (method) => predicates.some((matches) => matches(method));
}

/** The same rule without lists and mappings that are empty: they would match nothing, or all, and turn off what they stand beside. */
function filled(rule: Rule): Rule {
  const empty = (value: unknown): boolean =>
    Array.isArray(value) ? value.length === 0 : isRecord(value) && Object.keys(value).length === 0;
  return { ...rule, read: (value, ...rest) => (empty(value) ? undefined : rule.read(value, ...rest)) };
}
