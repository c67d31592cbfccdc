import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { checkOptions, jsonLogger, type Logger } from 'flowrpc';
import { legalToken } from './auth/legal-token.ts';
import type { TokenSource } from './bearer-token.ts';

export interface TokenFileOptions {
  /** How old the token read may be; 0 reads the file for each call. Default 10 s. */
  reloadMs?: number;
  /** Is told, once for each reason, that the file cannot be used. Default: JSON lines on stderr. */
  logger?: Logger;
}

/** After a refusal the file is read again, but not more often than this. */
const refusedMs = 100;

/**
 * The token in a file that somebody else renews, such as a service account token that Kubernetes projects, for `bearerToken()`.
 * White space around it counts for nothing. Reads the file when a call wants a token and the one there is too old, or a server
 * refused it; no timer runs. A file that is missing, empty or holds no token is an error at the start; later the token before stays.
 */
export function tokenFile(
  path: string,
  { reloadMs = 10_000, logger = jsonLogger(), ...rest }: TokenFileOptions = {},
): Exclude<TokenSource, string> {
  checkOptions('tokenFile', rest, ['reloadMs', 'logger']);
  if (!(typeof reloadMs === 'number' && reloadMs >= 0))
    throw new RangeError(`Cannot use reloadMs ${String(reloadMs)} of tokenFile: wanted 0 or more milliseconds`);
  let token = atStart(path);
  let readAt = performance.now();
  let problem: string | undefined;
  let reading: Promise<string> | undefined;

  async function read(): Promise<string> {
    try {
      token = tokenIn(await readFile(path, 'utf8'));
      problem = undefined;
    } catch (error) {
      const { message } = error as Error;
      if (message !== problem) logger.warn('token file not used, the token before stays', { path, error: message });
      problem = message;
    } finally {
      readAt = performance.now();
      reading = undefined;
    }
    return token;
  }

  return function tokenFile(_context, refused) {
    const limit = refused === token ? Math.min(refusedMs, reloadMs) : reloadMs;
    if (reading === undefined && performance.now() - readAt < limit) return token;
    reading ??= read();
    return reading;
  };
}

function atStart(path: string): string {
  try {
    return tokenIn(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Error(`Cannot read a bearer token from ${path}: ${(error as Error).message}`, { cause: error });
  }
}

function tokenIn(text: string): string {
  const token = text.trim();
  if (token === '') throw new Error('the file is empty');
  return legalToken(token);
}
