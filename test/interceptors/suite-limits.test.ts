import { silentLogger } from 'flowrpc';
import { concurrencyLimit } from 'flowrpc/interceptors/concurrency-limit';
import { tokenBucket } from 'flowrpc/interceptors/limits/token-bucket';
import { type LoadShed, loadShed } from 'flowrpc/interceptors/load-shed';
import { rateLimit } from 'flowrpc/interceptors/rate-limit';
import { afterAll } from 'vitest';
import { interceptorSuite } from '../suites/interceptor.ts';
import { transports } from '../suites/transports.ts';

const some = { transports: transports.filter(({ name }) => name === 'in-process copy' || name === 'grpc tcp') };
const shedders: LoadShed[] = [];
afterAll(() => Promise.all(shedders.map((shedder) => shedder.close())));

interceptorSuite('rateLimit()', () => rateLimit({ perSecond: 10_000 }));
interceptorSuite(
  'rateLimit() of messages, by a store that answers later',
  () => {
    const bucket = tokenBucket({ perSecond: 10_000 });
    const store = { take: async (...given: Parameters<typeof bucket.take>) => bucket.take(...given) };
    return rateLimit({ store, messages: true, maxWaitMs: 1_000, logger: silentLogger });
  },
  some,
);
interceptorSuite('concurrencyLimit()', () => concurrencyLimit({ max: 10, queue: 10, key: 'peer' }), some);
interceptorSuite(
  'loadShed()',
  () => {
    const shedder = loadShed({ priority: 'metadata', maxLoopDelayMs: 60_000 });
    shedders.push(shedder);
    return shedder;
  },
  some,
);
