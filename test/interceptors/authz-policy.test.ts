import fc from 'fast-check';
import type { Context } from 'flowrpc';
import { parsePolicy } from 'flowrpc/interceptors/authz/authz-check';
import { anyPattern } from 'flowrpc/interceptors/authz/authz-pattern';
import type { AuthzPolicy, AuthzRule } from 'flowrpc/interceptors/authz/authz-policy';
import { rulesOf } from 'flowrpc/interceptors/authz/authz-rules';
import { fakeContext } from 'flowrpc/testing';
import { describe, expect, test } from 'vitest';
import { ProbeService } from '../suites/probe-service.ts';

const rule = { name: 'r' };
const withRule = (more: object) => ({ name: 'p', allow_rules: [{ ...rule, ...more }] });
const withHeader = (key: string) => withRule({ request: { headers: [{ key, values: ['x'] }] } });

describe('parsePolicy()', () => {
  test('takes the example of gRFC A43', () => {
    const policy = {
      name: 'example-policy',
      allow_rules: [
        {
          name: 'admin-access',
          source: { principals: ['spiffe://foo.com/sa/admin1', 'spiffe://foo.com/sa/admin2'] },
          request: { paths: ['/pkg.service/*'] },
        },
        {
          name: 'dev-access',
          source: { principals: ['*', ''] },
          request: {
            paths: ['/pkg.service/foo', '/pkg.service/bar'],
            headers: [{ key: 'dev-path', values: ['/dev/path/*'] }],
          },
        },
      ],
      deny_rules: [{ name: 'deny-access', request: { paths: ['*/secret'] } }],
      audit_logging_options: {
        audit_condition: 'ON_DENY_AND_ALLOW',
        audit_loggers: [{ name: 'stdout_logger', config: {}, is_optional: false }],
      },
    };

    expect(parsePolicy(JSON.stringify(policy))).toEqual(policy);
  });

  test.each([
    [[], 'policy is an empty list, wanted an object'],
    [null, 'policy is null, wanted an object'],
    [{}, 'policy has no name; policy has no allow_rules'],
    [{ name: '', allow_rules: [] }, 'name is "", wanted a text'],
    [
      { name: 'p', allow_rules: [], alow_rules: [] },
      'policy has unknown field "alow_rules", wanted name, deny_rules, allow_rules, audit_logging_options',
    ],
    [{ name: 'p', allow_rules: {} }, 'allow_rules is an object, wanted a list of rules'],
    [{ name: 'p', allow_rules: [{}] }, 'allow_rules[0] has no name'],
    [{ name: 'p', allow_rules: [rule, rule] }, 'allow_rules[1].name "r" is taken'],
    [{ name: 'p', allow_rules: [], deny_rules: ['r'] }, 'deny_rules[0] is "r", wanted an object'],
    [withRule({ sources: {} }), 'allow_rules[0] has unknown field "sources", wanted name, source, request'],
    [
      withRule({ source: { principal: ['a'] } }),
      'allow_rules[0].source has unknown field "principal", wanted principals',
    ],
    [
      withRule({ source: { principals: [] } }),
      'allow_rules[0].source.principals is an empty list, wanted a list of one or more; leave it out to mean any',
    ],
    [withRule({ source: { principals: 'a' } }), 'allow_rules[0].source.principals is "a", wanted a list'],
    [withRule({ source: { principals: [1] } }), 'allow_rules[0].source.principals[0] is 1, wanted a text'],
    [
      withRule({ request: { paths: ['/a/*/b'] } }),
      'allow_rules[0].request.paths[0] is "/a/*/b", wanted one "*" at most, at its beginning or end',
    ],
    [withRule({ request: { paths: ['*a*'] } }), 'paths[0] is "*a*", wanted one "*" at most, at its beginning or end'],
    [withRule({ request: { paths: ['a.B/C'] } }), 'paths[0] is "a.B/C", wanted "/package.Service/Method"'],
    [withRule({ request: { paths: [''] } }), 'paths[0] is "", wanted "/package.Service/Method"'],
    [withRule({ request: { paths: ['/a.B/C?x=1'] } }), 'wanted "/package.Service/Method"'],
    [withRule({ request: { headers: [{ key: 'a' }] } }), 'allow_rules[0].request.headers[0] has no values'],
    [withRule({ request: { headers: [{ key: 'a', values: [] }] } }), 'headers[0].values is an empty list'],
    [withHeader(':path'), 'headers[0].key ":path" cannot be matched, it is a pseudo header of HTTP/2'],
    [withHeader('Grpc-Timeout'), 'key "Grpc-Timeout" cannot be matched, it belongs to the protocol'],
    [withHeader('content-type'), 'key "content-type" cannot be matched, it belongs to the protocol'],
    [withHeader('Host'), 'key "Host" cannot be matched, it is Host'],
    [withHeader('transfer-encoding'), 'key "transfer-encoding" cannot be matched, it is a hop-by-hop header'],
    [withHeader('x-id-bin'), 'key "x-id-bin" cannot be matched, it holds bytes'],
    [withHeader('x id'), 'key "x id" cannot be matched, it is no name of a header'],
    [
      { name: 'p', allow_rules: [], audit_logging_options: { audit_condition: 'ALWAYS' } },
      'audit_condition is "ALWAYS", wanted NONE, ON_DENY, ON_ALLOW, ON_DENY_AND_ALLOW',
    ],
    [
      { name: 'p', allow_rules: [], audit_logging_options: { audit_loggers: [{ nam: 'x' }] } },
      'audit_loggers[0] has unknown field "nam", wanted name, config, is_optional',
    ],
  ])('refuses %j', (policy, message) => {
    expect(() => parsePolicy(JSON.stringify(policy))).toThrow(message);
  });

  test('tells all that is wrong at once', () => {
    const policy = { name: 1, deny_rules: [{}], allow_rules: [{ name: 'a', request: { path: [] } }] };

    expect(() => parsePolicy(JSON.stringify(policy))).toThrow(
      'Cannot use the authorization policy: name is 1, wanted a text; deny_rules[0] has no name; ' +
        'allow_rules[0].request has unknown field "path", wanted paths, headers',
    );
  });

  test.each([
    ['{ "name": "p", "deny_rules": [{ "name": "r" }], "allow_rules": [], "deny_rules": [] }', 'deny_rules'],
    ['{ "name": "p", "allow_rules": [{ "name": "r", "request": {}, "reques\\u0074": {} }] }', 'request'],
  ])('refuses a field that stands twice: %s', (text, name) => {
    expect(() => parsePolicy(text)).toThrow(`Field "${name}" stands twice in one object`);
  });

  test.each(['', '{', '{ "name": "p", }', 'name: p', '[1, 2'])('refuses what is no JSON: %j', (text) => {
    expect(() => parsePolicy(text)).toThrow(SyntaxError);
  });

  test('refuses a field that stands twice wherever it is, and nothing else for it', () => {
    const property = fc.property(fc.json(), fc.string(), (inner, name) => {
      const field = JSON.stringify(name);
      const once = `{"name":"p","allow_rules":[],"x":[{${field}:${inner}}]}`;
      const twice = `{"name":"p","allow_rules":[],"x":[{${field}:${inner},${field}:1}]}`;

      expect(() => parsePolicy(once)).toThrow('unknown field "x"');
      expect(() => parsePolicy(twice)).toThrow('stands twice');
    });

    fc.assert(property);
  });
});

const word = fc.string({ unit: fc.constantFrom('a', 'b', '/', '.', ','), maxLength: 4 });
const pattern = fc.oneof(
  word,
  word.map((text) => `${text}*`),
  word.map((text) => `*${text}`),
);
const patterns = fc.array(pattern, { minLength: 1, maxLength: 4 });

test('anyPattern() fits what gRFC A43 says', () => {
  const property = fc.property(patterns, word, (list, value) => {
    expect(anyPattern(list)(value)).toBe(list.some((each) => naiveFits(each, value)));
  });

  fc.assert(property, { numRuns: 1_000 });
});

describe('rulesOf()', () => {
  const names = fc.uniqueArray(fc.constantFrom('r1', 'r2', 'r3'), { maxLength: 3 });
  const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
  const header = fc.record({ key: fc.constantFrom('x-a', 'X-B'), values: patterns });
  const body = fc.record({
    source: optional(fc.record({ principals: optional(patterns) })),
    request: optional(
      fc.record({
        paths: optional(fc.array(fc.constantFrom('/s.A/M', '/s.A/*', '*/M', '/s.B/N', '*'), { minLength: 1 })),
        headers: optional(fc.array(header, { minLength: 1, maxLength: 2 })),
      }),
    ),
  });
  const rules = names.chain((list) =>
    fc.tuple(...list.map((name) => body.map((rest): AuthzRule => ({ name, ...rest })))),
  );
  const policies = fc.record({ name: fc.constant('p'), deny_rules: rules, allow_rules: rules });
  const calls = fc.record({
    path: fc.constantFrom('/s.A/M', '/s.A/N', '/s.B/M', '/s.B/N', '/x'),
    principals: fc.array(word, { maxLength: 2 }),
    metadata: fc.array(fc.tuple(fc.constantFrom('x-a', 'x-b'), word), { maxLength: 3 }),
    known: fc.boolean(),
  });

  test('decides like a naive reading of gRFC A43', () => {
    const property = fc.property(policies, fc.array(calls, { minLength: 1, maxLength: 5 }), (policy, list) => {
      const ready = rulesOf(policy);
      for (const { path, principals, metadata, known } of list) {
        const method = { ...ProbeService.methods.unary, path, known };
        const call = fakeContext({ method, metadata });

        expect(ready.decide(call, () => principals)).toEqual(naiveDecision(policy, call, principals));
      }
    });

    fc.assert(property, { numRuns: 2_000 });
  });
});

function naiveDecision({ deny_rules = [], allow_rules }: AuthzPolicy, call: Context, principals: readonly string[]) {
  for (const each of deny_rules)
    if (naiveRule(each, call, principals, true)) return { allowed: false, rule: each.name };
  for (const each of allow_rules)
    if (naiveRule(each, call, principals, false)) return { allowed: true, rule: each.name };
  return { allowed: false, rule: undefined };
}

function naiveRule(
  { source, request }: AuthzRule,
  call: Context,
  principals: readonly string[],
  denies: boolean,
): boolean {
  const fits = (list: readonly string[], value: string): boolean => list.some((each) => naiveFits(each, value));
  if (source?.principals && !principals.some((principal) => fits(source.principals!, principal))) return false;
  if (request?.paths && !fits(request.paths, call.method.path)) return false;
  for (const { key, values } of request?.headers ?? []) {
    const sent = call.metadata.getAll(key) as readonly string[];
    if (sent.length === 0) return false;
    const parts = sent.flatMap((value) => [value, ...value.split(',').map((part) => part.trim())]);
    const candidates = denies ? [sent.join(','), ...parts] : [sent.join(',')];
    if (!candidates.some((value) => fits(values, value))) return false;
  }
  return true;
}

/** What gRFC A43 says of patterns, as a regular expression. */
function naiveFits(pattern: string, value: string): boolean {
  if (pattern === '*') return value !== '';
  const source = pattern
    .split('*')
    .map((part) => part.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&'))
    .join('[^]*');
  return new RegExp(`^${source}$`).test(value);
}
