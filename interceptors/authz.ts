import { Code, type Context, checkOptions, type Interceptor, statusFrom } from 'flowrpc';
import { type Auditing, type AuthzAudit, auditingOf } from './authz/authz-audit.ts';
import { checkPolicy } from './authz/authz-check.ts';
import type { AuthzPolicy } from './authz/authz-policy.ts';
import { tlsPrincipals } from './authz/authz-principals.ts';
import { type Rules, rulesOf } from './authz/authz-rules.ts';

export interface AuthzOptions {
  /**
   * Who calls: the names that a rule's principals are held against. Default `tlsPrincipals`. Give what `auth()` proved, such as
   * `(call) => call.get(user)?.id`; never what a caller merely says of itself.
   */
  principals?: (call: Context) => readonly string[] | string | undefined;
  /** Told of each decision, or of those that the policy's own audit condition wants. */
  audit?: AuthzAudit;
  /** Audit loggers that a policy may name, beside `stdout_logger`. */
  auditLoggers?: Readonly<Record<string, AuthzAudit>>;
}

/**
 * Lets a call pass when a policy allows it (gRFC A43): deny rules first, then allow rules, and refused when none fits. On a server
 * it holds for every path, of health, reflection and methods that nobody registered too; the path it looks at is the one
 * that calls are routed by. Refused calls end with PERMISSION_DENIED and one and the same text. A policy with a mistake is a
 * TypeError that lists all of them.
 */
export function authz(policy: AuthzPolicy, options: AuthzOptions = {}): Interceptor {
  const { load, enforce } = authorizing(options);
  const rules = load(checkPolicy(policy));
  return async function authz(call, next) {
    return enforce(rules, call) ? next(call) : denied();
  };
}

/** A policy with those who are told of it. */
export interface Loaded {
  readonly rules: Rules;
  readonly auditing: Auditing | undefined;
}

/** What `authz` and `authzFile` have in common: making policies ready, and deciding by one. */
export function authorizing({ principals = tlsPrincipals, audit, auditLoggers = {}, ...rest }: AuthzOptions): {
  load(policy: AuthzPolicy): Loaded;
  enforce(loaded: Loaded, call: Context): boolean;
} {
  checkOptions('authz', rest, ['principals', 'audit', 'auditLoggers']);
  for (const [name, value] of Object.entries({ principals, audit, ...auditLoggers })) {
    if (value !== undefined && typeof value !== 'function')
      throw new TypeError(`Cannot authorize with ${name} ${String(value)}: wanted a function`);
  }
  return {
    load: (policy) => ({ rules: rulesOf(policy), auditing: auditingOf(policy, audit, auditLoggers) }),
    enforce({ rules, auditing }, call) {
      let known: readonly string[] | undefined;
      const once = (): readonly string[] => (known ??= listOf(principals(call)));
      const { allowed, rule = '' } = rules.decide(call, once);
      if (auditing?.wants(allowed)) {
        const event = {
          method: call.method.path,
          principal: once()[0] ?? '',
          policy: rules.policy.name,
          rule,
          allowed,
        };
        auditing.tell(event, call);
      }
      return allowed;
    },
  };
}

/** One text for all: which rule it was is for the audit. */
export function denied(): ReturnType<typeof statusFrom> {
  return statusFrom(Code.PERMISSION_DENIED, 'The call is not allowed');
}

function listOf(principals: readonly string[] | string | undefined): readonly string[] {
  if (principals === undefined) return [];
  return typeof principals === 'string' ? [principals] : principals;
}
