import type { Attributes, Counter, Histogram, Meter } from '@opentelemetry/api';
import { type Code, codeName } from 'flowrpc';
import type { CallLabels, CallSeries, MetricsDialect } from './metrics-dialect.ts';
import { CallAttempts, type ClientInstruments } from './metrics-grpc-attempts.ts';
import { targetUri } from './target-uri.ts';

/** Seconds (gRFC A66, "Units"). */
const latencyBounds = [
  0, 0.00001, 0.00005, 0.0001, 0.0003, 0.0006, 0.0008, 0.001, 0.002, 0.003, 0.004, 0.005, 0.006, 0.008, 0.01, 0.013,
  0.016, 0.02, 0.025, 0.03, 0.04, 0.05, 0.065, 0.08, 0.1, 0.13, 0.16, 0.2, 0.25, 0.3, 0.4, 0.5, 0.65, 0.8, 1, 2, 5, 10,
  20, 50, 100,
];
/** Bytes. */
const sizeBounds = [
  0, 1_024, 2_048, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864, 268_435_456,
  1_073_741_824, 4_294_967_296,
];

interface ServerInstruments {
  readonly started: Counter;
  readonly sent: Histogram;
  readonly received: Histogram;
  readonly duration: Histogram;
}

/**
 * gRPC's own names: per call and per attempt (gRFC A66), retries, hedges and their delays (A96, experimental). Nothing under `grpc.` that
 * those do not define (A79).
 */
export function grpcDialect(meter: Meter): MetricsDialect {
  const server = serverInstruments(meter);
  const client = clientInstruments(meter);
  return {
    name: 'grpc',
    bind: (call) => (call.side === 'server' ? serverSeries(server, call) : clientSeries(client, call)),
  };
}

function serverSeries(instruments: ServerInstruments, labels: CallLabels): CallSeries {
  const method = { 'grpc.method': methodOf(labels) };
  const byCode = attributesByCode(method);
  return {
    started: () => instruments.started.add(1, method),
    ended({ code }, seconds, { sentBytes, receivedBytes }) {
      const attributes = byCode(code);
      instruments.duration.record(seconds, attributes);
      instruments.sent.record(sentBytes, attributes);
      instruments.received.record(receivedBytes, attributes);
    },
  };
}

function clientSeries(instruments: ClientInstruments, labels: CallLabels): CallSeries {
  const base = { 'grpc.method': methodOf(labels), 'grpc.target': targetUri(labels.target ?? 'other') };
  const common = { instruments, base, byCode: attributesByCode(base) };
  return { attempts: ({ traffic }) => new CallAttempts(common, traffic) };
}

function methodOf({ known, service, method }: CallLabels): string {
  return known ? `${service}/${method}` : 'other';
}

function attributesByCode(base: Attributes): (code: Code) => Attributes {
  const made: (Attributes | undefined)[] = [];
  return (code) => (made[code] ??= { ...base, 'grpc.status': codeName(code) });
}

function serverInstruments(meter: Meter): ServerInstruments {
  return {
    started: meter.createCounter('grpc.server.call.started', { description: 'Calls begun', unit: '{call}' }),
    sent: sizes(meter, 'grpc.server.call.sent_total_compressed_message_size', 'Bytes of messages sent in a call'),
    received: sizes(
      meter,
      'grpc.server.call.rcvd_total_compressed_message_size',
      'Bytes of messages received in a call',
    ),
    duration: seconds(meter, 'grpc.server.call.duration', 'Duration of calls'),
  };
}

function clientInstruments(meter: Meter): ClientInstruments {
  const count = (name: string, unit: string, description: string, explicitBucketBoundaries: number[]): Histogram =>
    meter.createHistogram(name, { description, unit, advice: { explicitBucketBoundaries } });
  return {
    started: meter.createCounter('grpc.client.attempt.started', { description: 'Attempts begun', unit: '{attempt}' }),
    sent: sizes(
      meter,
      'grpc.client.attempt.sent_total_compressed_message_size',
      'Bytes of messages sent in an attempt',
    ),
    received: sizes(
      meter,
      'grpc.client.attempt.rcvd_total_compressed_message_size',
      'Bytes of messages received in an attempt',
    ),
    attempt: seconds(meter, 'grpc.client.attempt.duration', 'Duration of attempts'),
    duration: seconds(meter, 'grpc.client.call.duration', 'Duration of calls with all their attempts'),
    retries: count('grpc.client.call.retries', '{retry}', 'Retries of a call that had any', [1, 2, 3, 4, 5]),
    transparent: count(
      'grpc.client.call.transparent_retries',
      '{transparent_retry}',
      'Transparent retries of a call that had any',
      [1, 2, 3, 4, 5, 10],
    ),
    hedges: count('grpc.client.call.hedges', '{hedge}', 'Hedges of a call that had any', [1, 2, 3, 4, 5]),
    delay: seconds(meter, 'grpc.client.call.retry_delay', 'Time of a call during which no attempt was under way'),
  };
}

function seconds(meter: Meter, name: string, description: string): Histogram {
  return meter.createHistogram(name, { description, unit: 's', advice: { explicitBucketBoundaries: latencyBounds } });
}

function sizes(meter: Meter, name: string, description: string): Histogram {
  return meter.createHistogram(name, { description, unit: 'By', advice: { explicitBucketBoundaries: sizeBounds } });
}
