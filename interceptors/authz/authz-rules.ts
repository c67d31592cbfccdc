import type { Context, Method } from 'flowrpc';
import { headerValue } from './authz-header.ts';
import { anyPattern } from './authz-pattern.ts';
import type { AuthzPolicy, AuthzRule } from './authz-policy.ts';

export interface Decision {
  readonly allowed: boolean;
  /** The rule that decided; undefined when none fitted, which refuses. */
  readonly rule: string | undefined;
}

/** A policy made ready. */
export interface Rules {
  readonly policy: AuthzPolicy;
  /** `principals` is asked once at most, and only when a rule wants to know. */
  decide(call: Context, principals: () => readonly string[]): Decision;
}

type Fits = (call: Context, principals: () => readonly string[]) => boolean;

interface Rule {
  readonly decision: Decision;
  readonly path: ((path: string) => boolean) | undefined;
  /** All of them, once the path fits. */
  readonly conditions: readonly Fits[];
}

interface Lists {
  readonly deny: readonly Rule[];
  readonly allow: readonly Rule[];
}

const nobodyAllowed: Decision = { allowed: false, rule: undefined };

/** Makes a checked policy ready: deny rules first, then allow rules, else refused (gRFC A43). */
export function rulesOf(policy: AuthzPolicy): Rules {
  const all: Lists = {
    deny: (policy.deny_rules ?? []).map((rule) => ready(rule, true)),
    allow: policy.allow_rules.map((rule) => ready(rule, false)),
  };
  const byMethod = new WeakMap<Method, Lists>();

  /** The rules whose path fits. Kept for methods that are registered: of others there are as many as strangers think of. */
  function listsOf(method: Method): Lists {
    const known = byMethod.get(method);
    if (known !== undefined) return known;
    const fits = ({ path }: Rule): boolean => path === undefined || path(method.path);
    const lists = { deny: all.deny.filter(fits), allow: all.allow.filter(fits) };
    if (method.known) byMethod.set(method, lists);
    return lists;
  }

  return {
    policy,
    decide(call, principals) {
      const { deny, allow } = listsOf(call.method);
      return first(deny, call, principals) ?? first(allow, call, principals) ?? nobodyAllowed;
    },
  };
}

function first(rules: readonly Rule[], call: Context, principals: () => readonly string[]): Decision | undefined {
  for (const { conditions, decision } of rules) {
    if (conditions.length === 0 || conditions.every((fits) => fits(call, principals))) return decision;
  }
  return undefined;
}

function ready({ name, source, request }: AuthzRule, denies: boolean): Rule {
  const conditions: Fits[] = [];
  if (source?.principals !== undefined) {
    const principal = anyPattern(source.principals);
    conditions.push((_call, principals) => principals().some(principal));
  }
  for (const { key, values } of request?.headers ?? []) {
    const wanted = anyPattern(values);
    const header = key.toLowerCase();
    conditions.push(({ metadata }) => {
      const value = headerValue(metadata, header);
      if (value === undefined) return false;
      return wanted(value) || (denies && partsOf(metadata.getAll(header) as readonly string[]).some(wanted));
    });
  }
  return {
    decision: { allowed: !denies, rule: name },
    path: request?.paths === undefined ? undefined : anyPattern(request.paths),
    conditions,
  };
}

/** Nobody gets around a deny rule by sending its header twice, or with a comma as proxies join them: each value, and what is between its commas. */
function partsOf(values: readonly string[]): readonly string[] {
  return values.flatMap((value) => [value, ...value.split(',').map((part) => part.trim())]);
}
