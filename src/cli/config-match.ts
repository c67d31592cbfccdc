import { type Match, type MethodTraits, matching } from '../core/method-match.ts';
import { type Rule, record } from '../graph/rules.ts';
import { flag, mappingOr, oneOrMore, text, word } from './config-values.ts';

/** Methods as a config file names them: a service, a path, or traits; several mean any of them. */
export type MethodMatch = string | MethodTraits | readonly (string | MethodTraits)[];

const traits = record('a mapping such as { service: default.greet }', {
  service: oneOrMore(text),
  name: oneOrMore(text),
  kind: oneOrMore(word('unary', 'serverStream', 'clientStream', 'bidi')),
  idempotency: oneOrMore(word('unknown', 'no-side-effects', 'idempotent')),
  known: flag,
} satisfies Record<keyof MethodTraits, Rule>);

export const methodMatch: Rule = oneOrMore(
  mappingOr(traits, { ...text, wanted: 'a service, a path such as "/default.greet/*"' }),
);

/** The match that it stands for. */
export function matchOf(match: MethodMatch): Match {
  const predicates = [match].flat().map((one) => matching(one as Match));
  return (method) => predicates.some((matches) => matches(method));
}
