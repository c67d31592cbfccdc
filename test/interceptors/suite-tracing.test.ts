import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { grpcTraceBin, tracing } from 'flowrpc/interceptors';
import { afterAll, beforeAll } from 'vitest';
import { interceptorSuite } from '../suites/interceptor.ts';
import { transports } from '../suites/transports.ts';

beforeAll(() => new NodeTracerProvider().register({ contextManager: new AsyncLocalStorageContextManager() }));

afterAll(() => {
  trace.disable();
  context.disable();
  propagation.disable();
});

interceptorSuite('tracing() with an SDK', () => tracing());

interceptorSuite(
  'tracing() with every option',
  () =>
    tracing({
      names: 'grpc',
      propagator: grpcTraceBin(),
      requestMetadata: ['x-sent'],
      responseMetadata: ['x-early', 'x-many', 'x-late-bin'],
      exceptions: 'off',
    }),
  { transports: transports.filter(({ name }) => name === 'in-process copy' || name === 'grpc tcp') },
);
