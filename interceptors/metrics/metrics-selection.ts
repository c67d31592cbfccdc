import { type Meter, metrics as otel } from '@opentelemetry/api';
import { checkOptions, type Service } from 'flowrpc';
import type { MetricsDialect } from './metrics-dialect.ts';
import { graphDialect } from './metrics-graph.ts';
import { grpcDialect } from './metrics-grpc.ts';
import { networkDialect } from './metrics-network.ts';
import { otelDialect } from './metrics-otel.ts';
import { prometheusDialect } from './metrics-prometheus.ts';
import type { Registry } from './prometheus-registry.ts';

/**
 * `otel`: OpenTelemetry's RPC conventions. `grpc`: gRPC's own (gRFC A66, A96). `prometheus`: as go-grpc-prometheus. `network`: the process as a
 * whole. `graph`: nodes and edges. The first two go to a meter, the others to a registry.
 */
export type DialectName = 'otel' | 'grpc' | 'prometheus' | 'network' | 'graph';

export interface MetricsOptions {
  /** Default: `prometheus`, `network` and `graph` with a registry, `otel` with a meter or with neither. */
  dialects?: readonly (DialectName | MetricsDialect)[];
  registry?: Registry;
  /** Default for `otel`: one of the globally registered provider. `grpc` wants it given (gRFC A66). */
  meter?: Meter;
  /** Upper bounds, in seconds, of the histograms in the registry. Default: 0.005 to 10. */
  bounds?: readonly number[];
  /** Servers: services whose series are there, at 0, before their first call: an alert on a rate needs something to grow from. */
  services?: readonly Service[];
  /** `prometheus`: name a sampled trace with each bucket of its histograms, for scrapers that take OpenMetrics. */
  exemplars?: boolean;
}

/** Dialects, and an object that is the same for all choices that count the same calls under the same names. */
export interface Selection {
  readonly dialects: readonly MetricsDialect[];
  readonly recorder: object;
}

const defaultBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const recorders = new WeakMap<object, Map<string, object>>();

/** The dialects that options ask for. A TypeError for those that lack what they record into. */
export function selectDialects({
  dialects,
  registry,
  meter,
  bounds = defaultBounds,
  services: _services,
  exemplars = false,
  ...rest
}: MetricsOptions): Selection {
  checkOptions('metrics', rest, ['dialects', 'registry', 'meter', 'bounds', 'services', 'exemplars']);
  const make: Readonly<Record<DialectName, () => MetricsDialect>> = {
    otel: () => otelDialect(meter),
    grpc: () => grpcDialect(given(meter, 'grpc', 'a meter')),
    prometheus: () => prometheusDialect(given(registry, 'prometheus', 'a registry'), { bounds, exemplars }),
    network: () => networkDialect(given(registry, 'network', 'a registry')),
    graph: () => graphDialect(given(registry, 'graph', 'a registry'), bounds),
  };
  const names = Object.keys(make);
  const wanted = dialects ?? defaults(registry, meter);
  const selected = wanted.map((dialect) => {
    if (typeof dialect === 'object' && typeof dialect?.bind === 'function') return dialect;
    if (typeof dialect === 'string' && names.includes(dialect)) return make[dialect]();
    throw new TypeError(
      `Cannot record metrics as "${String(dialect)}": wanted ${names.join(', ')} or a dialect of your own`,
    );
  });
  return { dialects: selected, recorder: recorderOf(registry ?? meter ?? otel, selected) };
}

function defaults(registry: Registry | undefined, meter: Meter | undefined): readonly DialectName[] {
  const ofRegistry: readonly DialectName[] = registry === undefined ? [] : ['prometheus', 'network', 'graph'];
  return registry === undefined || meter !== undefined ? [...ofRegistry, 'otel'] : ofRegistry;
}

function given<T>(value: T | undefined, dialect: DialectName, what: string): T {
  if (value !== undefined) return value;
  throw new TypeError(`Cannot record metrics as "${dialect}" without ${what}: wanted it in the options`);
}

function recorderOf(sink: object, dialects: readonly MetricsDialect[]): object {
  const known = recorders.get(sink) ?? new Map<string, object>();
  recorders.set(sink, known);
  const names = JSON.stringify(dialects.map(({ name }) => name).sort());
  const recorder = known.get(names) ?? {};
  known.set(names, recorder);
  return recorder;
}
