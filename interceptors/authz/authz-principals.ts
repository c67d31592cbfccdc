import type { Context } from 'flowrpc';

/**
 * Who a TLS peer proved to be, in the order of gRFC A43: the URI names of its certificate (SPIFFE ids), its DNS names, its
 * common name. One empty text for a TLS peer without a certificate; nothing for all others.
 */
export function tlsPrincipals({ peer }: Context): readonly string[] {
  const { identity } = peer;
  if (identity === undefined) return peer.security === 'tls' ? [''] : [];
  const { names, subject } = identity;
  const found = [...ofType(names, 'URI:'), ...ofType(names, 'DNS:')];
  if (subject !== '') found.push(subject);
  return found;
}

function ofType(names: readonly string[], type: string): string[] {
  return names.filter((name) => name.startsWith(type)).map((name) => name.slice(type.length));
}
