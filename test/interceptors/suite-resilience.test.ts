import { Code } from 'flowrpc';
import { circuitBreaker, deadline, faults, hedging, retry } from 'flowrpc/interceptors';
import { interceptorSuite } from '../suites/interceptor.ts';

interceptorSuite('deadline() with a report', () =>
  deadline({ maxMs: 60_000, methods: [{ match: { kind: 'unary' }, defaultMs: 5_000 }] }),
);
interceptorSuite('retry() with attempt timeouts', () =>
  retry({ nonIdempotent: true, baseDelayMs: 1, attemptTimeoutMs: 5_000 }),
);
interceptorSuite('hedging()', () => hedging({ nonIdempotent: true, delayMs: 2_000 }));
interceptorSuite('circuitBreaker()', () => circuitBreaker());
interceptorSuite('faults()', () =>
  faults(
    [
      { match: '/no.Other/*', abort: Code.ABORTED },
      { metadata: { 'x-other': 'yes' }, delayMs: 1 },
    ],
    {
      headers: true,
    },
  ),
);
