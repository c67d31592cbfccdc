import { authz } from 'flowrpc/interceptors/authz';
import { interceptorSuite } from '../suites/interceptor.ts';

interceptorSuite('authz()', () =>
  authz({
    name: 'suite',
    deny_rules: [
      { name: 'no secrets', request: { paths: ['*/Secret'], headers: [{ key: 'x-sent', values: ['no'] }] } },
    ],
    allow_rules: [{ name: 'the rest', request: { paths: ['/suite.Probe/*', '/no.Such/*'] } }],
  }),
);
