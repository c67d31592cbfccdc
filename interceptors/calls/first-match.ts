import { compose, except, type Interceptor, type Match, only } from 'flowrpc';

/** One interceptor out of several, by method: that of the first rule that matches, else `otherwise`. Chosen when chains are folded. */
export function firstMatch(
  rules: readonly { readonly match: Match; readonly interceptor: Interceptor }[],
  otherwise: Interceptor,
): Interceptor {
  return rules.reduceRight(
    (rest, { match, interceptor }) => compose(only(match, interceptor), except(match, rest)),
    otherwise,
  );
}
