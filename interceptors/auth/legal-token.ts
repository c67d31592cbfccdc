const legal = /^[A-Za-z0-9\-._~+/]+=*$/;

/** A bearer token, or a TypeError. Never quotes what it refuses: half a secret is still one. */
export function legalToken(token: unknown): string {
  if (typeof token === 'string' && legal.test(token)) return token;
  throw new TypeError(
    'Cannot send the bearer token: wanted letters, digits and "-._~+/" with "=" at the end only (RFC 6750)',
  );
}
