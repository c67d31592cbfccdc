import {
  type ApiKeyRecord,
  anyOf,
  apiKeys,
  auth,
  type JwtIdentity,
  type JwtOptions,
  jwt,
  type TlsIdentityOptions,
  tlsIdentity,
  type Verified,
  type Verifier,
} from 'flowrpc/interceptors';
import { dropped, listOf, type Rule, record, required, rule } from '../graph/rules.ts';
import { formatPath } from '../wire/yaml/position.ts';
import { configurable } from './config-interceptors.ts';
import { type ConfigSource, fileText, secret } from './config-source.ts';
import { duration, mappingOr, metadataKey, oneOrMore, text, texts, unquoted, whole } from './config-values.ts';
import { type Caller, callerKey } from './configured-caller.ts';

interface AuthEntry {
  jwt?: JwtEntry;
  apiKeys?: { keys: readonly ApiKeyRecord<string>[]; header?: string };
  tlsIdentity?: TlsIdentityOptions;
  refusalStepMs?: number;
}

type JwtEntry = Omit<JwtOptions, 'jwks' | 'key'> & { jwks?: string | object; key?: string };

/** Callers by any of the ways that are stated, in the order of this list. */
export const authEntry = configurable<AuthEntry>({
  places: ['server', 'nodes'],
  options: (source) =>
    record('a mapping such as { jwt: { issuer: …, audience: …, jwks: … } }', {
      jwt: jwtRules(source),
      apiKeys: apiKeyRules,
      tlsIdentity: record('a mapping such as { spiffe: [spiffe://shop.example/*] }', {
        spiffe: texts,
        names: texts,
        fingerprints: texts,
      } satisfies Record<keyof TlsIdentityOptions, Rule>),
      refusalStepMs: duration,
    } satisfies Record<keyof AuthEntry, Rule>),
  make({ jwt: tokens, apiKeys: keys, tlsIdentity: certificates, refusalStepMs }) {
    const verifiers = [
      ...(tokens === undefined ? [] : [mapped(jwt(tokens as JwtOptions), tokenCaller(tokens))]),
      ...(keys === undefined ? [] : [mapped(apiKeys(keys), (name): Caller => ({ id: `key:${name}` }))]),
      ...(certificates === undefined
        ? []
        : [mapped(tlsIdentity(certificates), ({ id }): Caller => ({ id: `tls:${id}` }))]),
    ];
    if (verifiers.length === 0)
      throw new TypeError('Cannot authenticate: wanted one or more of jwt, apiKeys and tlsIdentity');
    return auth(anyOf(...verifiers), { as: callerKey, refusalStepMs });
  },
});

function jwtRules(source: ConfigSource): Rule {
  return unquoted(
    record('a mapping such as { issuer: …, audience: …, jwks: … }', {
      issuer: required(oneOrMore(text)),
      audience: required({
        wanted: 'a text, a list of such, or false',
        read: (value, path, report) => (value === false ? value : oneOrMore(text).read(value, path, report)),
      }),
      jwks: mappingOr(keySet(source), { ...text, wanted: 'a URL' }),
      key: fileText(source),
      secret: secret(source),
      algorithms: texts,
      clockToleranceMs: duration,
      maxAgeMs: duration,
      type: text,
      requiredClaims: texts,
      timeoutMs: duration,
      cacheMs: duration,
      staleMs: duration,
      cooldownMs: duration,
      cache: mappingOr(
        record('a mapping such as { maxTokens: 1000 }', { maxTokens: whole }),
        rule('false', (value) => value === false),
      ),
    } satisfies Record<keyof JwtOptions, Rule>),
  );
}

/** `{ file: jwks.json }`, kept as what it says. */
function keySet(source: ConfigSource): Rule {
  const file = fileText(source);
  return {
    wanted: file.wanted,
    read(value, path, report) {
      const held = file.read(value, path, report);
      if (typeof held !== 'string') return held;
      try {
        return JSON.parse(held);
      } catch {
        report(`${formatPath(path)} holds no JSON`, path);
        return dropped;
      }
    },
  };
}

const apiKeyRules = record('a mapping such as { keys: [{ hash: "sha256:…", identity: billing }] }', {
  keys: required(
    listOf(
      'a list such as [{ hash: "sha256:…", identity: billing }]',
      unquoted(
        record('a mapping such as { hash: "sha256:…", identity: billing }', {
          // Where a hash is wanted the key itself may stand by mistake.
          hash: required(
            unquoted(
              rule(
                '"sha256:" and 64 hexadecimal digits',
                (value) => typeof value === 'string' && /^sha256:[0-9a-f]{64}$/.test(value),
              ),
            ),
          ),
          identity: required(text),
          expiresAt: {
            wanted: 'a date such as "2027-01-31"',
            read: (value) =>
              typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? new Date(value) : undefined,
          },
        } satisfies Record<keyof ApiKeyRecord<string>, Rule>),
      ),
    ),
  ),
  header: metadataKey,
});

/** With several issuers two may have the same subject. */
function tokenCaller({ issuer }: JwtEntry): (identity: JwtIdentity) => Caller {
  const several = Array.isArray(issuer) && issuer.length > 1;
  return ({ issuer: by, subject = '', claims }) => ({ id: `jwt:${several ? `${by}#` : ''}${subject}`, claims });
}

function mapped<T>(verify: Verifier<T>, callerOf: (identity: T) => Caller): Verifier<Caller> {
  return async (context) => {
    const verified: Verified<T> = await verify(context);
    return verified === undefined || verified === null || verified === false ? undefined : callerOf(verified);
  };
}
