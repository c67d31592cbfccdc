/** A workload's name: `spiffe://trust-domain/path`. */
export interface SpiffeId {
  /** As in the certificate. */
  readonly id: string;
  readonly trustDomain: string;
  /** With its leading slash; empty when there is none. */
  readonly path: string;
}

const form = /^spiffe:\/\/([a-z0-9._-]{1,255})((?:\/[A-Za-z0-9._-]+)*)$/;

/**
 * Reads a SPIFFE id by the letter of its standard (SPIFFE-ID, 2): lower-case scheme and trust domain, no port, user, query,
 * fragment, percent-encoding, empty segment or trailing slash, no `.` or `..`, 2048 bytes at most. Undefined for anything else.
 */
export function parseSpiffeId(text: string): SpiffeId | undefined {
  if (text.length > 2_048) return undefined;
  const match = form.exec(text);
  if (match === null) return undefined;
  const [, trustDomain = '', path = ''] = match;
  if (path.split('/').some((segment) => segment === '.' || segment === '..')) return undefined;
  return { id: text, trustDomain, path };
}
