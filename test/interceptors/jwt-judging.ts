import { createHmac } from 'node:crypto';
import { StatusError } from 'flowrpc';
import { type JwtIdentity, type JwtOptions, jwt } from 'flowrpc/interceptors';
import { fakeContext } from 'flowrpc/testing';
import { audience, issuerName as issuer, seconds } from './jwt-issuer.ts';

export const secret = 'a secret of thirty-two bytes, or more';
export const base = { issuer, audience } as const;

type Judge = (token: string) => Promise<JwtIdentity | string>;

/** Gives the identity behind a token, or in words why there is none. One that comes without waiting was remembered. */
export function judging(options: JwtOptions): Judge & { remembers(token: string): boolean } {
  const verify = jwt(options);
  const ask = (token: string) => verify(fakeContext({ metadata: { authorization: `Bearer ${token}` } }));
  const judge: Judge = async (token) => {
    try {
      return (await ask(token)) as JwtIdentity;
    } catch (thrown) {
      return thrown instanceof StatusError ? `code ${thrown.code}` : (thrown as Error).message;
    }
  };
  const remembers = (token: string): boolean => {
    const answer = ask(token);
    if (!(answer instanceof Promise)) return true;
    answer.catch(() => {});
    return false;
  };
  return Object.assign(judge, { remembers });
}

export function signed(claims: object, by = secret): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part({ alg: 'HS256' })}.${part({ iss: issuer, aud: audience, exp: seconds(60), ...claims })}`;
  return `${text}.${createHmac('sha256', by).update(text).digest('base64url')}`;
}
