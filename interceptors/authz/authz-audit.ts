import type { Context } from 'flowrpc';
import { settled } from '../calls/harmless.ts';
import type { AuditCondition, AuthzPolicy } from './authz-policy.ts';

/** One decision of a policy (gRFC A59). */
export interface AuthzEvent {
  readonly method: string;
  /** The first of the caller's principals; empty when it has none. */
  readonly principal: string;
  readonly policy: string;
  /** The rule that decided; empty when no rule fitted. */
  readonly rule: string;
  readonly allowed: boolean;
}

/**
 * Told of decisions as they are made. One that throws fails the call. Nobody waits for a promise: a rejection is a warning of the
 * process (`FLOWRPC_LISTENER`).
 */
export type AuthzAudit = (event: AuthzEvent, call: Context, config?: object) => void;

const stdout: AuthzAudit = ({ method, principal, policy, rule, allowed }) => {
  const line = {
    timestamp: new Date().toISOString(),
    rpc_method: method,
    principal,
    policy_name: policy,
    matched_rule: rule,
    authorized: allowed,
  };
  process.stdout.write(`${JSON.stringify({ grpc_audit_log: line })}\n`);
};

const told: Readonly<Record<AuditCondition, (allowed: boolean) => boolean>> = {
  NONE: () => false,
  ON_DENY: (allowed) => !allowed,
  ON_ALLOW: (allowed) => allowed,
  ON_DENY_AND_ALLOW: () => true,
};

/** Who a policy wants to be told of which decisions. */
export interface Auditing {
  wants(allowed: boolean): boolean;
  tell(event: AuthzEvent, call: Context): void;
}

/**
 * The hook and the loggers that a policy names; undefined when there are none. A policy without audit options tells the hook of
 * all. A TypeError when it names a logger that nobody knows and that is not optional.
 */
export function auditingOf(
  { audit_logging_options: options }: AuthzPolicy,
  hook: AuthzAudit | undefined,
  loggers: Readonly<Record<string, AuthzAudit>>,
): Auditing | undefined {
  const known = new Map<string, AuthzAudit>([['stdout_logger', stdout], ...Object.entries(loggers)]);
  const all: AuthzAudit[] = hook === undefined ? [] : [hook];
  for (const { name, config, is_optional } of options?.audit_loggers ?? []) {
    const logger = known.get(name);
    if (logger !== undefined) all.push((event, call) => logger(event, call, config));
    else if (!is_optional)
      throw new TypeError(
        `Cannot use the authorization policy: audit logger "${name}" is unknown, wanted ${[...known.keys()].join(', ')}`,
      );
  }
  if (all.length === 0) return undefined;
  const condition = options === undefined ? 'ON_DENY_AND_ALLOW' : (options.audit_condition ?? 'NONE');
  return {
    wants: told[condition],
    tell(event, call) {
      for (const audit of all) settled('An audit of authz()', audit(event, call));
    },
  };
}
