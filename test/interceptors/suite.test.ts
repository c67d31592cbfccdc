import { key, silentLogger } from 'flowrpc';
import { auth, bearerToken, deadline, logging, retry, tracing } from 'flowrpc/interceptors';
import { interceptorSuite } from '../suites/interceptor.ts';

interceptorSuite('logging()', () => logging({ logger: silentLogger }));
interceptorSuite('auth()', () => auth(async () => 'ada', { as: key<string>('user') }));
interceptorSuite('bearerToken()', () => bearerToken(async () => 'secret'));
interceptorSuite('deadline()', () => deadline({ defaultMs: 5_000, maxMs: 60_000, minimumMs: 1 }));
interceptorSuite('retry()', () => retry({ nonIdempotent: true, baseDelayMs: 1 }));
interceptorSuite('tracing() without an SDK', () => tracing());
