import { ProxyTracerProvider, trace } from '@opentelemetry/api';
import { jsonLogger, type Level } from 'flowrpc';
import {
  createRegistry,
  grpcTraceBin,
  type LoggingOptions,
  logging,
  type MetricsOptions,
  metrics,
  metricsServer,
  type RealIpOptions,
  type RequestIdOptions,
  realIp,
  requestId,
  type TracingOptions,
  tracing,
  watchConnections,
} from 'flowrpc/interceptors';
import { listOf, type Rule, record, required, rule } from '../graph/rules.ts';
import { levels } from '../observability/index.ts';
import { configurable } from './config-interceptors.ts';
import { flag, listenAddress, metadataKey, metadataKeys, positive, texts, whole, word } from './config-values.ts';
import { note } from './output.ts';

interface LoggingEntry
  extends Pick<LoggingOptions, 'dialect' | 'started' | 'payloads' | 'maxPayloadLength' | 'metadata' | 'denyMetadata'> {
  level?: Level;
}

/** One line a call, on stderr. */
const loggingEntry = configurable<LoggingEntry>({
  options: () =>
    record('a mapping such as { level: info }', {
      level: word(...levels),
      dialect: word('flowrpc', 'go-grpc-middleware'),
      started: flag,
      payloads: flag,
      maxPayloadLength: whole,
      metadata: flagOr(metadataKeys),
      denyMetadata: metadataKeys,
    } satisfies Record<keyof LoggingEntry, Rule>),
  make: ({ level = 'info', ...options }) =>
    // Payloads are told at debug, and were asked for.
    logging({ ...options, logger: jsonLogger({ level: options.payloads === true ? 'debug' : level }) }),
});

interface TracingEntry extends Pick<TracingOptions, 'names' | 'requestMetadata' | 'responseMetadata'> {
  propagator?: 'registered' | 'grpc-trace-bin';
  exceptions?: 'event' | 'off';
}

const tracingEntry = configurable<TracingEntry>({
  options: () =>
    record('a mapping such as { names: otel }', {
      names: word('otel', 'grpc'),
      propagator: word('registered', 'grpc-trace-bin'),
      requestMetadata: metadataKeys,
      responseMetadata: metadataKeys,
      exceptions: word('event', 'off'),
    } satisfies Record<keyof TracingEntry, Rule>),
  make({ propagator, ...options }, wiring) {
    wiring.onOpen(warnWithoutSdk);
    return tracing({ ...options, ...(propagator === 'grpc-trace-bin' && { propagator: grpcTraceBin() }) });
  },
});

interface MetricsEntry extends Pick<MetricsOptions, 'bounds' | 'exemplars'> {
  dialects?: readonly ('prometheus' | 'network' | 'graph' | 'otel')[];
  listen?: string;
  path?: string;
}

/** All entries of a file count into one registry, and each address given serves it. */
const metricsEntry = configurable<MetricsEntry>({
  options: () =>
    record('a mapping such as { listen: 127.0.0.1:9464 }', {
      dialects: listOf('a list of dialects', word('prometheus', 'network', 'graph', 'otel')),
      listen: listenAddress,
      path: rule('a path such as "/metrics"', (value) => typeof value === 'string' && /^\/[^?#\s]*$/.test(value)),
      bounds: listOf('a list of seconds', positive),
      exemplars: flag,
    } satisfies Record<keyof MetricsEntry, Rule>),
  make({ listen, path, ...options }, wiring) {
    const registry = wiring.shared(createRegistry);
    if (path !== undefined && listen === undefined) throw new TypeError('Cannot use path without listen');
    if (listen !== undefined) {
      wiring.onOpen(async (server) => {
        const unwatch = watchConnections(registry, server);
        const http = await metricsServer({ registry, address: listen, ...(path !== undefined && { path }) });
        note(`metrics on ${http.address}${path ?? '/metrics'}`);
        return async () => {
          unwatch();
          await http.close();
        };
      });
    }
    return metrics({ ...options, registry });
  },
});

const requestIdEntry = configurable<Pick<RequestIdOptions, 'header'> & { trust?: boolean }>({
  options: () => record('a mapping such as { trust: false }', { header: metadataKey, trust: flag }),
  make: requestId,
});

const realIpEntry = configurable<RealIpOptions>({
  places: ['server'],
  options: () =>
    record('a mapping such as { trusted: [10.0.0.0/8] }', {
      trusted: required(texts),
      headers: metadataKeys,
    } satisfies Record<keyof RealIpOptions, Rule>),
  make: realIp,
});

/** What tells about calls. */
export const observing = {
  tracing: tracingEntry,
  logging: loggingEntry,
  metrics: metricsEntry,
  requestId: requestIdEntry,
  realIp: realIpEntry,
};

function flagOr(rule: Rule): Rule {
  return {
    wanted: `true, false or ${rule.wanted}`,
    read: (value, path, report) => (typeof value === 'boolean' ? value : rule.read(value, path, report)),
  };
}

/** Without an SDK there is nobody to give spans to; trace headers travel all the same. */
function warnWithoutSdk(): void {
  const provider: Partial<ProxyTracerProvider> = trace.getTracerProvider();
  if (provider.getDelegate?.() !== new ProxyTracerProvider().getDelegate()) return;
  note(
    'tracing: no OpenTelemetry SDK is registered, so no spans are recorded; trace headers travel on. Register one with node --import',
  );
}
