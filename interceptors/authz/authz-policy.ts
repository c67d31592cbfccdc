/** Who may call what: the JSON of gRFC A43, with the audit options of A59. */
export interface AuthzPolicy {
  readonly name: string;
  /** Looked at first: a call that any of them fits is refused. */
  readonly deny_rules?: readonly AuthzRule[];
  /** A call that none of them fits is refused. */
  readonly allow_rules: readonly AuthzRule[];
  readonly audit_logging_options?: AuditOptions;
}

/** Fits a call that its source and its request fit; what is left out fits all. */
export interface AuthzRule {
  /** For logs and audits; once in each list. */
  readonly name: string;
  /** Any of the principals. `""` is a TLS peer without a certificate. */
  readonly source?: { readonly principals?: readonly string[] };
  /** Any of the paths, and all of the headers. */
  readonly request?: { readonly paths?: readonly string[]; readonly headers?: readonly AuthzHeader[] };
}

/** Any of the values. */
export interface AuthzHeader {
  readonly key: string;
  readonly values: readonly string[];
}

export const auditConditions = ['NONE', 'ON_DENY', 'ON_ALLOW', 'ON_DENY_AND_ALLOW'] as const;
export type AuditCondition = (typeof auditConditions)[number];

export interface AuditOptions {
  /** Left out: NONE. */
  readonly audit_condition?: AuditCondition;
  readonly audit_loggers?: readonly {
    readonly name: string;
    readonly config?: object;
    /** Leave out a logger that nobody knows, instead of refusing the policy. */
    readonly is_optional?: boolean;
  }[];
}
