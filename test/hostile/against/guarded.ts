import { createHmac } from 'node:crypto';
import type { Service } from 'flowrpc';
import { type ProbeMethods, ProbeService } from '../../suites/probe-service.ts';

/** A service that only callers with a token may use. */
export const guardedPath = '/suite.Guarded/Unary';

export const GuardedService: Service<Pick<ProbeMethods, 'unary'>> = {
  name: 'suite.Guarded',
  files: [],
  methods: { unary: { ...ProbeService.methods.unary, service: 'suite.Guarded', path: guardedPath } },
};

export const trust = {
  issuer: 'https://issuer.test',
  audience: 'guarded',
  secret: 'a secret of thirty-two bytes, or more',
} as const;

/** A token that is good but for what is said. */
export function token(claims: object = {}, by: string = trust.secret): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const whole = {
    iss: trust.issuer,
    aud: trust.audience,
    sub: 'ada',
    exp: Math.floor(Date.now() / 1_000) + 600,
    ...claims,
  };
  const text = `${part({ alg: 'HS256' })}.${part(whole)}`;
  return `${text}.${createHmac('sha256', by).update(text).digest('base64url')}`;
}
