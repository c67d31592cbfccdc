import { type Context, key } from 'flowrpc';
import { tlsPrincipals } from 'flowrpc/interceptors';

/** Who makes a call, as `auth` of a config file found out. */
export interface Caller {
  /** `jwt:alice`, `key:billing`, `tls:spiffe://shop.example/web`: names of one way of proof never pass for those of another. */
  readonly id: string;
  /** What a token says. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** Set by `auth`, read by the interceptors further in. */
export const callerKey = key<Caller>('caller');

/**
 * The names that a policy's principals are held against: the caller, and what its token says under some claims, as
 * `scope:orders.read`. Where `auth` did not run, those of its certificate: `tls:spiffe://shop.example/web`, `tls:billing.internal`,
 * `tls:CN=billing`, and the empty one for a TLS peer without a certificate.
 */
export function principalsOf(claims: readonly string[]): (call: Context) => readonly string[] {
  return (call) => {
    const caller = call.get(callerKey);
    if (caller === undefined) return tlsPrincipals(call).map((name) => name && `tls:${name}`);
    return [caller.id, ...claims.flatMap((name) => valuesOf(caller.claims?.[name]).map((value) => `${name}:${value}`))];
  };
}

/** A list of texts, or texts with spaces between them as in `scope` (RFC 8693, 4.2). */
function valuesOf(claim: unknown): readonly string[] {
  if (typeof claim === 'string') return claim.split(' ').filter((value) => value !== '');
  return Array.isArray(claim) ? claim.filter((value) => typeof value === 'string') : [];
}
