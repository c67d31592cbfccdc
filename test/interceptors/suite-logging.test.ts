import { compose, type Interceptor, Metadata, silentLogger, withStatus } from 'flowrpc';
import { logging, realIp, requestId } from 'flowrpc/interceptors';
import { interceptorSuite } from '../suites/interceptor.ts';
import { transports as all } from '../suites/transports.ts';

/** In process and over a wire: the other two differ in nothing that these touch. */
const transports = all.filter(({ name }) => name === 'in-process copy' || name === 'grpc tcp');

interceptorSuite('logging()', () => logging({ logger: silentLogger }), { transports });

interceptorSuite(
  'logging() of all it can tell',
  () => {
    const logger = { ...silentLogger, enabled: () => true };
    return logging({ logger, started: true, payloads: true, redactPayload: (message) => message, metadata: true });
  },
  { transports },
);

/** The suite wants every trailer as it is without the interceptor: the id that this one adds is taken out again. */
const withoutId: Interceptor = async function withoutId(call, next) {
  const status = await next(call);
  const trailer = new Metadata(status.trailer);
  return trailer.delete('request-id') ? withStatus(status, { trailer }) : status;
};

interceptorSuite('requestId()', () => compose(withoutId, requestId({ header: 'request-id' })), { transports });

interceptorSuite('realIp()', () => realIp({ trusted: ['local', '127.0.0.0/8'] }), { transports });
