import { type Context, checkOptions, type PeerIdentity } from 'flowrpc';
import { parseSpiffeId, type SpiffeId } from './auth/spiffe-id.ts';
import type { Verifier } from './auth.ts';

export interface TlsIdentityOptions {
  /**
   * SPIFFE ids that are good: `spiffe://shop.example/billing`, all below a path (`spiffe://shop.example/pay/*`) or all of a
   * trust domain (`spiffe://shop.example/*`).
   */
  spiffe?: readonly string[];
  /** Alternative names that are good: `billing.internal` for a DNS name, or `URI:…`, `IP Address:…`, `email:…` in full. */
  names?: readonly string[];
  /** SHA-256 fingerprints of certificates that are good, in hexadecimal, with or without colons. */
  fingerprints?: readonly string[];
}

/** Who a verified certificate belongs to. */
export interface TlsIdentity extends PeerIdentity {
  readonly kind: 'tls';
  /** What the caller was known by: its SPIFFE id, the name that matched, else the first name, else the fingerprint. */
  readonly id: string;
  /** Set when the certificate names one workload, and nothing else, by URI (X509-SVID, 2). */
  readonly spiffe: SpiffeId | undefined;
}

/**
 * Identifies callers by the certificate that TLS verified. Any of the options lets a caller in; with none of them everybody
 * does for whom the server's `ca` vouches. The common name counts for nothing: authorities differ in what they let stand there.
 * For `auth()`.
 */
export function tlsIdentity({ spiffe, names, fingerprints, ...rest }: TlsIdentityOptions = {}): Verifier<TlsIdentity> {
  checkOptions('tlsIdentity', rest, ['spiffe', 'names', 'fingerprints']);
  const everybody = spiffe === undefined && names === undefined && fingerprints === undefined;
  const ids = checkedList('spiffe', spiffe).map(spiffeMatch);
  const wanted = new Set(checkedList('names', names).map(fullName));
  const prints = new Set(checkedList('fingerprints', fingerprints).map(fingerprintOf));
  return function tlsIdentity({ peer }: Context) {
    const { identity } = peer;
    if (identity === undefined) return undefined;
    const id = spiffeIdOf(identity);
    const known = id !== undefined && ids.some((match) => match(id));
    const name = identity.names.find((each) => wanted.has(foldDns(each)));
    if (!everybody && !known && name === undefined && !prints.has(identity.fingerprint)) return undefined;
    const shown = known || name === undefined ? (id?.id ?? identity.names[0] ?? identity.fingerprint) : name;
    return { kind: 'tls', id: shown, spiffe: id, ...identity };
  };
}

/** A certificate with two URIs is no SVID: which of them counts would depend on who looks. */
function spiffeIdOf({ names }: PeerIdentity): SpiffeId | undefined {
  const uris = names.filter((name) => name.startsWith('URI:'));
  return uris.length === 1 ? parseSpiffeId(uris[0]!.slice('URI:'.length)) : undefined;
}

function spiffeMatch(pattern: string): (id: SpiffeId) => boolean {
  const below = pattern.endsWith('/*');
  const base = parseSpiffeId(below ? pattern.slice(0, -2) : pattern);
  if (base === undefined)
    throw new TypeError(
      `Cannot use spiffe ${JSON.stringify(pattern)} of tlsIdentity: wanted spiffe://trust-domain/path, with /* at the end only`,
    );
  return below ? ({ id }) => id.startsWith(`${base.id}/`) : ({ id }) => id === base.id;
}

function fullName(name: string): string {
  return foldDns(/^(DNS|URI|IP Address|email):./.test(name) ? name : `DNS:${name}`);
}

/** Host names are the same in any case. */
function foldDns(name: string): string {
  return name.startsWith('DNS:') ? `DNS:${name.slice('DNS:'.length).toLowerCase()}` : name;
}

function fingerprintOf(text: string): string {
  const digits = text.replaceAll(':', '').toUpperCase();
  if (!/^[0-9A-F]{64}$/.test(digits))
    throw new TypeError(
      `Cannot use fingerprint ${JSON.stringify(text)} of tlsIdentity: wanted 64 hexadecimal digits (SHA-256)`,
    );
  return digits.replace(/..(?!$)/g, '$&:');
}

function checkedList(name: string, list: readonly string[] | undefined): readonly string[] {
  if (list === undefined) return [];
  if (Array.isArray(list) && list.length > 0 && list.every((item) => typeof item === 'string' && item !== ''))
    return list;
  throw new TypeError(`Cannot use ${name} of tlsIdentity: wanted a list of one or more strings`);
}
