import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { createRegistry, metrics } from 'flowrpc/interceptors';
import { afterAll } from 'vitest';
import { interceptorSuite } from '../suites/interceptor.ts';
import { transports } from '../suites/transports.ts';

const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const provider = new MeterProvider({
  readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })],
});
const meter = provider.getMeter('suite');

afterAll(() => provider.shutdown());

interceptorSuite('metrics() with a registry', () => metrics({ registry: createRegistry() }));
interceptorSuite('metrics() with a meter', () => metrics({ meter, dialects: ['otel', 'grpc'] }));
interceptorSuite('metrics() without an SDK', () => metrics(), { transports: [transports[0]!, transports[2]!] });
