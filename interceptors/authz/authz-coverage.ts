import { checkOptions, type Service } from 'flowrpc';
import { checkPolicy } from './authz-check.ts';
import { anyPattern } from './authz-pattern.ts';
import type { AuthzPolicy } from './authz-policy.ts';

export interface UncoveredOptions {
  /** A path with a `*` does not count: every method must be named. */
  exact?: boolean;
}

/**
 * Paths of methods that no rule of a policy speaks of, whether to allow or to deny: for a test that fails when somebody adds a
 * method and forgets to say who may call it, `expect(uncovered(policy, server.services)).toEqual([])`. A rule without paths, or
 * with the path `*`, speaks of none.
 */
export function uncovered(
  policy: AuthzPolicy,
  services: ReadonlyMap<string, Service> | Iterable<Service>,
  { exact = false, ...rest }: UncoveredOptions = {},
): string[] {
  checkOptions('uncovered', rest, ['exact']);
  const { deny_rules = [], allow_rules } = checkPolicy(policy);
  const patterns = [...deny_rules, ...allow_rules]
    .flatMap(({ request }) => request?.paths ?? [])
    .filter((path) => path !== '*' && !(exact && path.includes('*')));
  const covered = anyPattern(patterns);
  const all: Iterable<Service> = isMap(services) ? services.values() : services;
  return [...all]
    .flatMap(({ methods }) => Object.values(methods).map(({ path }) => path))
    .filter((path) => !covered(path));
}

function isMap(services: ReadonlyMap<string, Service> | Iterable<Service>): services is ReadonlyMap<string, Service> {
  return services instanceof Map;
}
