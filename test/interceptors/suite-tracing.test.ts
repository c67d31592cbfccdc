import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { tracing } from 'flowrpc/interceptors';
import { afterAll, beforeAll } from 'vitest';
import { interceptorSuite } from '../suites/interceptor.ts';

beforeAll(() => new NodeTracerProvider().register({ contextManager: new AsyncLocalStorageContextManager() }));

afterAll(() => {
  trace.disable();
  context.disable();
  propagation.disable();
});

interceptorSuite('tracing() with an SDK', () => tracing());
