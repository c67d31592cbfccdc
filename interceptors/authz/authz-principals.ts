import type { Context } from 'flowrpc';

/**
 * Who a TLS peer proved to be, in the order of gRFC A43: the URI name of its certificate (a SPIFFE id), its DNS names, its common
 * name as `CN=…`. No name of one sort passes for one of another: what has not the form of its sort is left out, common names
 * with a character that URIs, DNS names or distinguished names are made of, and all URIs of a certificate with several
 * (X509-SVID, 2). One empty text for a TLS peer without a certificate; nothing for all others.
 */
export function tlsPrincipals({ peer }: Context): readonly string[] {
  const { identity } = peer;
  if (identity === undefined) return peer.security === 'tls' ? [''] : [];
  const { names, subject } = identity;
  const uris = ofType(names, 'URI:');
  const found = uris.length === 1 ? uris.filter((name) => uri.test(name)) : [];
  found.push(...ofType(names, 'DNS:').filter((name) => dns.test(name)));
  if (commonName.test(subject)) found.push(`CN=${subject}`);
  return found;
}

const uri = /^[a-z][a-z0-9+.-]*:/i;
const dns = /^[a-z0-9*_.-]+$/i;
// Authorities that prove URIs and DNS names let others choose this one. A pattern such as `*.internal` must not fit it.
const commonName = /^[^:/.,=+"\\<>;#\p{Cc}]+$/u;

function ofType(names: readonly string[], type: string): string[] {
  return names.filter((name) => name.startsWith(type)).map((name) => name.slice(type.length));
}
