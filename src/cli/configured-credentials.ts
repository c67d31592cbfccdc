import { resolve } from 'node:path';
import {
  type ApiKeyOptions,
  apiKey,
  type BearerTokenOptions,
  bearerToken,
  type ClientCredentialsOptions,
  clientCredentials,
  tokenFile,
} from 'flowrpc/interceptors';
import { isRecord, type Rule, record, required } from '../graph/rules.ts';
import { configurable } from './config-interceptors.ts';
import { type ConfigSource, secret } from './config-source.ts';
import { bytes, duration, flag, metadataKey, text, word } from './config-values.ts';

interface TokenEntry extends BearerTokenOptions {
  token?: string | { readonly file: string };
  reloadMs?: number;
  clientCredentials?: ClientCredentialsOptions;
}

const tokenEntry = configurable<TokenEntry>({
  places: ['edges'],
  options: (source) =>
    record('a mapping such as { token: { env: TOKEN } }', {
      token: tokenRule(source),
      reloadMs: duration,
      clientCredentials: credentialRules(source),
      plaintext: flag,
      maxBytes: bytes,
      repeat: word('all', 'idempotent', 'none'),
    } satisfies Record<keyof TokenEntry, Rule>),
  make({ token, reloadMs, clientCredentials: credentials, ...options }) {
    const given = typeof token === 'object' ? tokenFile(token.file, { reloadMs }) : token;
    if (typeof given !== 'function' && reloadMs !== undefined)
      throw new TypeError('Cannot reload a bearer token that is in no file: wanted token: { file: path }');
    const sources = [given, credentials && clientCredentials(credentials)].filter((one) => one !== undefined);
    const [source, second] = sources;
    if (source === undefined || second !== undefined)
      throw new TypeError('Cannot send a bearer token: wanted one of token and clientCredentials');
    return bearerToken(source, options);
  },
});

/** A secret of the environment, kept as its text; or a file with one, kept as its path, since others renew it. */
function tokenRule(source: ConfigSource): Rule {
  const held = secret(source);
  return {
    wanted: held.wanted,
    read(value, path, report) {
      const text = held.read(value, path, report);
      if (typeof text !== 'string' || !isRecord(value) || typeof value.file !== 'string') return text;
      return { file: resolve(source.dir, value.file) };
    },
  };
}

function credentialRules(source: ConfigSource): Rule {
  return record('a mapping such as { tokenUrl: …, clientId: …, clientSecret: { env: SECRET } }', {
    tokenUrl: required(text),
    clientId: required(text),
    clientSecret: required(secret(source)),
    scope: text,
    audience: text,
    send: word('basic', 'body'),
    timeoutMs: duration,
    refreshBeforeMs: duration,
    pauseMs: duration,
  } satisfies Record<keyof ClientCredentialsOptions, Rule>);
}

const apiKeyEntry = configurable<ApiKeyOptions & { key: string }>({
  places: ['edges'],
  options: (source) =>
    record('a mapping such as { key: { env: API_KEY } }', {
      key: required(secret(source)),
      header: metadataKey,
      plaintext: flag,
    } satisfies Record<keyof ApiKeyOptions | 'key', Rule>),
  make: ({ key, ...options }) => apiKey(key, options),
});

/** What edges show to those whom they call. */
export const credentials = { bearerToken: tokenEntry, apiKey: apiKeyEntry };
