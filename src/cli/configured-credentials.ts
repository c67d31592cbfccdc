import {
  type ApiKeyOptions,
  apiKey,
  type BearerTokenOptions,
  bearerToken,
  type ClientCredentialsOptions,
  clientCredentials,
} from 'flowrpc/interceptors';
import { type Rule, record, required } from '../graph/rules.ts';
import { configurable } from './config-interceptors.ts';
import { type ConfigSource, secret } from './config-source.ts';
import { bytes, duration, flag, metadataKey, text, word } from './config-values.ts';

interface TokenEntry extends BearerTokenOptions {
  token?: string;
  clientCredentials?: ClientCredentialsOptions;
}

const tokenEntry = configurable<TokenEntry>({
  places: ['edges'],
  options: (source) =>
    record('a mapping such as { token: { env: TOKEN } }', {
      token: secret(source),
      clientCredentials: credentialRules(source),
      plaintext: flag,
      maxBytes: bytes,
    } satisfies Record<keyof TokenEntry, Rule>),
  make({ token, clientCredentials: credentials, ...options }) {
    const sources = [token, credentials && clientCredentials(credentials)].filter((one) => one !== undefined);
    const [source, second] = sources;
    if (source === undefined || second !== undefined)
      throw new TypeError('Cannot send a bearer token: wanted one of token and clientCredentials');
    return bearerToken(source, options);
  },
});

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
