import type { Method, MethodKind, Service } from 'flowrpc';
import { expect, test } from 'vitest';
import { breakingChanges } from '../../src/graph/breaking-changes.ts';
import { valueCodec } from '../../src/wire/value.ts';

function service(...methods: Partial<Method>[]): Service {
  return {
    name: 'default.n',
    files: [],
    methods: Object.fromEntries(
      methods.map((method) => [
        method.name,
        { kind: 'unary', idempotency: 'unknown', request: valueCodec, response: valueCodec, ...method } as Method,
      ]),
    ),
  };
}

test('breakingChanges() tells when a method may no longer be repeated', () => {
  const live = service({ name: 'In', idempotency: 'idempotent' }, { name: 'InStream', idempotency: 'idempotent' });

  expect(breakingChanges(live, service({ name: 'In' }, { name: 'InStream' }))).toEqual([
    'In and InStream may be repeated now, and would no longer say so',
  ]);
  expect(breakingChanges(service({ name: 'In' }), service({ name: 'In', idempotency: 'idempotent' }))).toEqual([]);
});

test.each<[MethodKind, MethodKind, string]>([
  ['unary', 'bidi', 'In is unary now, and would be a stream both ways'],
  ['serverStream', 'clientStream', 'In is a stream of responses now, and would be a stream of requests'],
])('breakingChanges() tells when a method that is %s would be %s', (before, after, message) => {
  expect(breakingChanges(service({ name: 'In', kind: before }), service({ name: 'In', kind: after }))).toEqual([
    message,
  ]);
});
