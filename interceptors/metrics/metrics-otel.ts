import { type Attributes, type Histogram, type Meter, metrics } from '@opentelemetry/api';
import { type Code, codeName } from 'flowrpc';
import { endpointOf } from '../tracing/endpoint.ts';
import { isFailure } from './failed-code.ts';
import type { CallLabels, CallSeries, MetricsDialect } from './metrics-dialect.ts';

/** Seconds; what the conventions advise. */
const bounds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/**
 * `rpc.server.call.duration` and `rpc.client.call.duration`, seconds, by the RPC semantic conventions (1.44). Without a meter the
 * registered provider's is used, whenever it comes.
 */
export function otelDialect(meter?: Meter): MetricsDialect {
  const histograms = { server: histogramOf('server', meter), client: histogramOf('client', meter) };
  return { name: 'otel', bind: (call) => seriesOf(histograms[call.side], call) };
}

function histogramOf(side: 'client' | 'server', meter: Meter | undefined): () => Histogram {
  const make = (from: Meter): Histogram =>
    from.createHistogram(`rpc.${side}.call.duration`, {
      description: side === 'server' ? 'Duration of incoming calls' : 'Duration of outgoing calls',
      unit: 's',
      advice: { explicitBucketBoundaries: bounds },
    });
  if (meter !== undefined) {
    const histogram = make(meter);
    return () => histogram;
  }
  let provider: unknown;
  let histogram: Histogram | undefined;
  return () => {
    // A meter asked for before the SDK is there stays silent for good; one lookup a call finds the SDK when it comes.
    const current = metrics.getMeterProvider();
    if (histogram === undefined || current !== provider) {
      provider = current;
      histogram = make(current.getMeter('flowrpc'));
    }
    return histogram;
  };
}

function seriesOf(histogram: () => Histogram, labels: CallLabels): CallSeries {
  const byCode: (Attributes | undefined)[] = [];
  return {
    ended: ({ code }, seconds) => histogram().record(seconds, (byCode[code] ??= attributesOf(labels, code))),
  };
}

function attributesOf({ side, known, service, method, target }: CallLabels, code: Code): Attributes {
  const attributes: Attributes = {
    'rpc.system.name': 'grpc',
    'rpc.method': known ? `${service}/${method}` : '_OTHER',
    'rpc.status_code': codeName(code),
  };
  if (isFailure(side, code)) attributes['error.type'] = codeName(code);
  // On servers it would be what the caller says, and so without bounds.
  if (target === undefined) return attributes;
  const { address, port } = endpointOf(target);
  attributes['server.address'] = address;
  if (port !== undefined) attributes['server.port'] = port;
  return attributes;
}
