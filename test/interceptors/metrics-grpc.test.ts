import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type Histogram,
  InMemoryMetricExporter,
  MeterProvider,
  type MetricData,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { Code, connect, type Interceptor, StatusError, type Traffic } from 'flowrpc';
import { hedging, metrics, retry } from 'flowrpc/interceptors';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { grpcFrame } from '../hostile/raw-http2.ts';
import { FrameServer } from '../interop/frame-server.ts';
import { aborted } from '../suites/gate.ts';
import { everyKind, kinds, run, shout } from '../suites/kinds.ts';
import { ProbeService } from '../suites/probe-service.ts';
import { onSide, setup, type TestTransport, transports } from '../suites/transports.ts';

const inProcess = transports[0] as TestTransport;
const tcp = transports[2] as TestTransport;
const often = { interval: 2 };

let reader: PeriodicExportingMetricReader;
let provider: MeterProvider;
let make: () => Interceptor;

beforeEach(() => {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  provider = new MeterProvider({ readers: [reader] });
  make = () => metrics({ meter: provider.getMeter('test'), dialects: ['grpc'] });
});

afterEach(() => provider.shutdown());

async function collected(): Promise<ReadonlyMap<string, MetricData>> {
  const { resourceMetrics } = await reader.collect();
  return new Map(
    resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics).map((each) => [each.descriptor.name, each]),
  );
}

/** Attributes and value of each point: a counter's number, a histogram's count and sum. */
function pointsOf(metric: MetricData | undefined): readonly (readonly [object, number, number?])[] {
  if (metric === undefined) return [];
  if (metric.dataPointType === DataPointType.HISTOGRAM) {
    return (metric.dataPoints as DataPoint<Histogram>[]).map(({ attributes, value }) => [
      attributes,
      value.count,
      value.sum,
    ]);
  }
  return (metric.dataPoints as DataPoint<number>[]).map(({ attributes, value }) => [attributes, value]);
}

const latency = [
  0, 0.00001, 0.00005, 0.0001, 0.0003, 0.0006, 0.0008, 0.001, 0.002, 0.003, 0.004, 0.005, 0.006, 0.008, 0.01, 0.013,
  0.016, 0.02, 0.025, 0.03, 0.04, 0.05, 0.065, 0.08, 0.1, 0.13, 0.16, 0.2, 0.25, 0.3, 0.4, 0.5, 0.65, 0.8, 1, 2, 5, 10,
  20, 50, 100,
];
const sizes = [0, ...[10, 11, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32].map((power) => 2 ** power)];

describe('metrics() by gRFC A66', () => {
  test.each(kinds)('both sides record what really happened, %s over a socket', async (kind) => {
    const seen: Partial<Record<'client' | 'server', Traffic>> = {};
    const witness: Interceptor = async function witness(call, next) {
      const status = await next(call);
      seen[call.side] = { ...call.traffic };
      return status;
    };
    await using probe = await setup(tcp, {
      handlers: everyKind(shout),
      server: { interceptors: [make(), witness] },
      client: { interceptors: [make(), witness] },
    });

    await run(probe.client, kind);

    await expect.poll(() => seen.server, often).toBeDefined();
    const found = await collected();
    const method = { 'grpc.method': `suite.Probe/${kind[0]!.toUpperCase()}${kind.slice(1)}` };
    const target = { ...method, 'grpc.target': `dns:///${probe.channel.target}` };
    const ok = { ...method, 'grpc.status': 'OK' };
    const targetOk = { ...target, 'grpc.status': 'OK' };
    const expected: Record<string, [unit: string, attributes: object, sum: unknown, bounds?: readonly number[]]> = {
      'grpc.client.attempt.started': ['{attempt}', target, undefined],
      'grpc.client.attempt.duration': ['s', targetOk, expect.any(Number), latency],
      'grpc.client.attempt.sent_total_compressed_message_size': ['By', targetOk, seen.client!.sentBytes, sizes],
      'grpc.client.attempt.rcvd_total_compressed_message_size': ['By', targetOk, seen.client!.receivedBytes, sizes],
      'grpc.client.call.duration': ['s', targetOk, expect.any(Number), latency],
      'grpc.server.call.started': ['{call}', method, undefined],
      'grpc.server.call.sent_total_compressed_message_size': ['By', ok, seen.server!.sentBytes, sizes],
      'grpc.server.call.rcvd_total_compressed_message_size': ['By', ok, seen.server!.receivedBytes, sizes],
      'grpc.server.call.duration': ['s', ok, expect.any(Number), latency],
    };
    expect([...found.keys()].toSorted()).toEqual(Object.keys(expected).toSorted());
    for (const [name, [unit, attributes, sum, bounds]] of Object.entries(expected)) {
      const metric = found.get(name)!;
      expect(metric.descriptor.unit, name).toBe(unit);
      const point = sum === undefined ? [attributes, 1] : [attributes, 1, sum];
      expect(pointsOf(metric), name).toEqual([point]);
      if (bounds !== undefined)
        expect((metric.dataPoints[0]!.value as Histogram).buckets.boundaries, name).toEqual(bounds);
    }
    expect(seen.server!.sentBytes).toBe(seen.client!.receivedBytes);
    expect(seen.server!.sentBytes).toBeGreaterThan(0);
  });

  test('paths that nobody registered are "other"', async () => {
    await using probe = await setup(inProcess, onSide('server', make()));

    for (let n = 0; n < 50; n++) await probe.channel.call(`/x.Y/Z${n}`, new Uint8Array()).status;

    const found = await collected();
    expect(pointsOf(found.get('grpc.server.call.started'))).toEqual([[{ 'grpc.method': 'other' }, 50]]);
  });

  test.each([
    ['localhost:1', 'dns:///localhost:1'],
    ['dns:localhost:1', 'dns:///localhost:1'],
    ['dns:///localhost:1', 'dns:///localhost:1'],
    ['ipv4:127.0.0.1:1', 'ipv4:127.0.0.1:1'],
    ['unix:/tmp/none.sock', 'unix:///tmp/none.sock'],
  ])('a channel to %s has the target %s', async (target, wanted) => {
    await using channel = connect(target, { interceptors: [make()] });

    await channel.client(ProbeService).unary({ text: '', n: 1 }, { timeoutMs: 2_000 }).status;

    const [point] = pointsOf((await collected()).get('grpc.client.attempt.started'));
    expect(point![0]).toMatchObject({ 'grpc.target': wanted });
  });
});

describe('metrics() by gRFC A96', () => {
  /** Fails as often as told, then answers. */
  function failing(times: number) {
    let calls = 0;
    return everyKind(async function* failing(requests, context) {
      if (calls++ < times) throw new StatusError(Code.UNAVAILABLE, 'Not yet');
      yield* shout(requests, context);
    });
  }

  test.each(kinds)('retries are attempts of one call, with the time between them, %s', async (kind) => {
    await using probe = await setup(tcp, {
      handlers: failing(2),
      client: { interceptors: [make(), retry({ nonIdempotent: true, baseDelayMs: 5, jitter: 0 })] },
    });

    const { status } = await run(probe.client, kind);

    expect(status.code).toBe(Code.OK);
    const found = await collected();
    expect(pointsOf(found.get('grpc.client.attempt.started'))[0]![1]).toBe(3);
    const attempts = pointsOf(found.get('grpc.client.attempt.duration'));
    expect(
      attempts.map(([attributes, count]) => [(attributes as Record<string, string>)['grpc.status'], count]),
    ).toEqual([
      ['UNAVAILABLE', 2],
      ['OK', 1],
    ]);
    expect(pointsOf(found.get('grpc.client.call.duration')).map(([, count]) => count)).toEqual([1]);
    const retries = found.get('grpc.client.call.retries')!;
    expect(retries.descriptor.unit).toBe('{retry}');
    expect(pointsOf(retries)[0]!.slice(1)).toEqual([1, 2]);
    expect((retries.dataPoints[0]!.value as Histogram).buckets.boundaries).toEqual([1, 2, 3, 4, 5]);
    expect(Object.keys(retries.dataPoints[0]!.attributes)).toEqual(['grpc.method', 'grpc.target']);
    const delay = pointsOf(found.get('grpc.client.call.retry_delay'))[0]!;
    expect(delay[1]).toBe(1);
    expect(delay[2]).toBeCloseTo(0.015, 6);
    expect(found.has('grpc.client.call.hedges')).toBe(false);
    expect(found.has('grpc.client.call.transparent_retries')).toBe(false);
  });

  test('the bytes of all attempts together are those of the call', async () => {
    const seen: Traffic[] = [];
    const witness: Interceptor = async function witness(call, next) {
      const status = await next(call);
      seen.push({ ...call.traffic });
      return status;
    };
    await using probe = await setup(tcp, {
      handlers: failing(2),
      client: { interceptors: [make(), witness, retry({ nonIdempotent: true, baseDelayMs: 1 })] },
    });

    await run(probe.client, 'bidi');

    const sent = pointsOf((await collected()).get('grpc.client.attempt.sent_total_compressed_message_size'));
    expect(sent.reduce((sum, [, count]) => sum + count, 0)).toBe(3);
    expect(sent.reduce((sum, [, , bytes]) => sum + bytes!, 0)).toBe(seen[0]!.sentBytes);
  });

  test('what reached no server is a transparent retry', async () => {
    await using channel = connect('127.0.0.1:1', { interceptors: [make(), retry({ baseDelayMs: 1 })] });

    const status = await channel.client(ProbeService).unary({ text: '', n: 1 }).status;

    expect(status).toMatchObject({ code: Code.UNAVAILABLE, unseen: true });
    const found = await collected();
    expect(pointsOf(found.get('grpc.client.call.transparent_retries'))[0]!.slice(1)).toEqual([1, 2]);
    expect(found.has('grpc.client.call.retries')).toBe(false);
  });

  test('what the channel began anew by itself is a transparent retry', async () => {
    await using server = new FrameServer({
      answer(connection, stream) {
        if (server.connections.length === 1) return connection.goaway(0);
        connection.header(stream);
        connection.data(stream, grpcFrame(ProbeService.methods.unary.response.encode({ text: '', n: 1 })));
        connection.trailer(stream);
      },
    });
    await using channel = connect(`127.0.0.1:${await server.port}`, { interceptors: [make()] });

    const { status } = await run(channel.client(ProbeService), 'unary');

    expect(status.code).toBe(Code.OK);
    const found = await collected();
    expect(pointsOf(found.get('grpc.client.call.transparent_retries'))[0]!.slice(1)).toEqual([1, 1]);
    expect(pointsOf(found.get('grpc.client.attempt.started'))[0]![1]).toBe(2);
    expect(found.has('grpc.client.call.retries')).toBe(false);
  });

  test('hedges are counted, and the attempts that lost end too', async () => {
    let calls = 0;
    await using probe = await setup(tcp, {
      handlers: everyKind(async function* slowFirst(requests, context) {
        if (calls++ === 0) await aborted(context.signal);
        yield* shout(requests, context);
      }),
      client: { interceptors: [make(), hedging({ nonIdempotent: true, delayMs: 5 })] },
    });

    const { status } = await run(probe.client, 'unary');

    expect(status.code).toBe(Code.OK);
    const found = await collected();
    expect(pointsOf(found.get('grpc.client.call.hedges'))[0]!.slice(1)).toEqual([1, 1]);
    expect(pointsOf(found.get('grpc.client.attempt.started'))[0]![1]).toBe(2);
    const ends = pointsOf(found.get('grpc.client.attempt.duration'));
    expect(ends.map(([attributes]) => (attributes as Record<string, string>)['grpc.status']).toSorted()).toEqual([
      'CANCELLED',
      'OK',
    ]);
  });

  test('a call that nobody repeats reports none of them', async () => {
    await using probe = await setup(inProcess, {
      handlers: everyKind(shout),
      client: { interceptors: [make(), retry({ nonIdempotent: true })] },
    });

    await run(probe.client, 'unary');

    const names = [...(await collected()).keys()];
    expect(names.filter((name) => /retr|hedge/.test(name))).toEqual([]);
  });
});
