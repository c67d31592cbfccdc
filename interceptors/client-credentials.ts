import { Code, checkOptions, StatusError } from 'flowrpc';
import { type CachedTokenOptions, cachedToken, type IssuedToken } from './auth/cached-token.ts';
import { fetchJson, nameOf, trustedUrl } from './auth/fetch-json.ts';
import type { TokenSource } from './bearer-token.ts';

export interface ClientCredentialsOptions extends CachedTokenOptions {
  /** The token endpoint: https, or http on this machine. */
  tokenUrl: string | URL;
  clientId: string;
  clientSecret: string;
  /** What the token shall be good for, separated by spaces. */
  scope?: string;
  /** Whom the token shall be for, where the endpoint wants to be told. */
  audience?: string;
  /** Where id and secret travel: as HTTP Basic, or in the body. Default `basic`. */
  send?: 'basic' | 'body';
  /** How long the endpoint may take to answer. Default 5 s. */
  timeoutMs?: number;
}

const optionNames = [
  'tokenUrl',
  'clientId',
  'clientSecret',
  'scope',
  'audience',
  'send',
  'timeoutMs',
  'refreshBeforeMs',
  'pauseMs',
];

/**
 * Tokens by the OAuth 2.0 client credentials grant (RFC 6749, 4.4), kept and renewed as `cachedToken()` does, for
 * `bearerToken()`. An endpoint that refuses ends calls with UNAUTHENTICATED, one that cannot be reached or fails with
 * UNAVAILABLE.
 */
export function clientCredentials({
  tokenUrl,
  clientId,
  clientSecret,
  scope,
  audience,
  send = 'basic',
  timeoutMs = 5_000,
  refreshBeforeMs,
  pauseMs,
  ...rest
}: ClientCredentialsOptions): Exclude<TokenSource, string> {
  checkOptions('clientCredentials', rest, optionNames);
  for (const [name, value] of Object.entries({ clientId, clientSecret })) {
    if (typeof value !== 'string' || value === '') throw new TypeError(`Cannot get tokens: ${name} is missing`);
  }
  if (send !== 'basic' && send !== 'body')
    throw new TypeError(`Cannot send credentials as ${JSON.stringify(send)}: wanted "basic" or "body"`);
  if (!(typeof timeoutMs === 'number' && timeoutMs > 0))
    throw new RangeError(`Cannot use timeoutMs ${String(timeoutMs)}: wanted more than 0`);
  const url = trustedUrl('tokenUrl', tokenUrl);
  const form = new URLSearchParams({ grant_type: 'client_credentials' });
  if (scope !== undefined) form.set('scope', scope);
  if (audience !== undefined) form.set('audience', audience);
  const headers: Record<string, string> = { 'content-type': 'application/x-www-form-urlencoded' };
  if (send === 'basic') headers.authorization = basic(clientId, clientSecret);
  else {
    form.set('client_id', clientId);
    form.set('client_secret', clientSecret);
  }
  const body = form.toString();
  return cachedToken(() => fetchToken(url, headers, body, timeoutMs), { refreshBeforeMs, pauseMs });
}

async function fetchToken(
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: string,
  timeoutMs: number,
): Promise<IssuedToken> {
  const asked = Date.now();
  const answer = await fetchJson(url, { method: 'POST', headers, body, timeoutMs }).catch((cause: unknown) => {
    throw new StatusError(Code.UNAVAILABLE, `Cannot get a token from ${nameOf(url)}: no answer`, { cause });
  });
  const fields = (answer.body ?? {}) as Readonly<Record<string, unknown>>;
  const { access_token: token, token_type: type, expires_in: seconds, error } = fields;
  if (answer.status !== 200) {
    const code =
      answer.status >= 400 && answer.status < 500 && answer.status !== 429 ? Code.UNAUTHENTICATED : Code.UNAVAILABLE;
    const reason = typeof error === 'string' && /^[a-z_]{1,40}$/.test(error) ? ` ${error}` : '';
    throw new StatusError(code, `Cannot get a token from ${nameOf(url)}: it answered ${answer.status}${reason}`);
  }
  if (typeof token !== 'string' || String(type).toLowerCase() !== 'bearer')
    throw new StatusError(Code.UNAVAILABLE, `Cannot get a token from ${nameOf(url)}: it gave no bearer token`);
  const life = Number(seconds);
  // Counted from the question: what the answer took is not part of the token's life.
  return { token, expiresAt: life > 0 ? asked + life * 1_000 : undefined };
}

/** Both are encoded as in a form first (RFC 6749, 2.3.1). */
function basic(clientId: string, clientSecret: string): string {
  const encoded = [clientId, clientSecret].map((part) =>
    new URLSearchParams({ x: part }).toString().slice('x='.length),
  );
  return `Basic ${Buffer.from(encoded.join(':')).toString('base64')}`;
}
