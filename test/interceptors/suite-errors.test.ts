import { Code } from 'flowrpc';
import { errors, mapError } from 'flowrpc/interceptors';
import { interceptorSuite } from '../suites/interceptor.ts';
import { transports as all } from '../suites/transports.ts';

class Unrelated extends Error {}

const row = mapError(Unrelated, {
  code: Code.NOT_FOUND,
  reason: 'UNRELATED',
  domain: 'suite.example.com',
  make: () => new Unrelated(),
});

interceptorSuite('errors()', () => errors(row), {
  transports: all.filter(({ name }) => name === 'in-process copy' || name === 'grpc tcp'),
});
