import { metrics as otel } from '@opentelemetry/api';
import {
  AggregationTemporality,
  type DataPoint,
  type Histogram,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { Code, type ErrorCode, StatusError } from 'flowrpc';
import { metrics } from 'flowrpc/interceptors';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { everyKind, kinds, run, shout } from '../suites/kinds.ts';
import { onSide, setup, type TestTransport, transports } from '../suites/transports.ts';

const inProcess = transports[0] as TestTransport;
const tcp = transports[2] as TestTransport;
const unix = transports[3] as TestTransport;
const bounds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

let exporter: InMemoryMetricExporter;
let reader: PeriodicExportingMetricReader;
let provider: MeterProvider;

beforeEach(() => {
  exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  provider = new MeterProvider({ readers: [reader] });
});

afterEach(async () => {
  otel.disable();
  await provider.shutdown();
});

async function points(name: string): Promise<readonly DataPoint<Histogram>[]> {
  const { resourceMetrics } = await reader.collect();
  const all = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
  const found = all.find(({ descriptor }) => descriptor.name === name);
  expect(found?.descriptor.unit ?? 's').toBe('s');
  return (found?.dataPoints ?? []) as readonly DataPoint<Histogram>[];
}

describe('metrics() by the conventions of OpenTelemetry', () => {
  test.each(kinds)('both sides record duration, method and status, %s over a socket', async (kind) => {
    const meter = provider.getMeter('test');
    await using probe = await setup(tcp, {
      handlers: everyKind(shout),
      server: { interceptors: [metrics({ meter })] },
      client: { interceptors: [metrics({ meter })] },
    });

    await run(probe.client, kind);
    await run(probe.client, kind);

    const method = `suite.Probe/${kind[0]!.toUpperCase()}${kind.slice(1)}`;
    const common = { 'rpc.system.name': 'grpc', 'rpc.method': method, 'rpc.status_code': 'OK' };
    await expect.poll(async () => (await points('rpc.server.call.duration'))[0]?.value.count).toBe(2);
    const [server] = await points('rpc.server.call.duration');
    const [client] = await points('rpc.client.call.duration');
    expect(server!.attributes).toEqual(common);
    expect(client!.attributes).toEqual({
      ...common,
      'server.address': '127.0.0.1',
      'server.port': Number(probe.channel.target.split(':')[1]),
    });
    expect(server!.value.buckets.boundaries).toEqual(bounds);
    expect(client!.value.count).toBe(2);
    expect(client!.value.sum).toBeGreaterThan(0);
  });

  test('every failure is one of the client, and on the server those that are its own fault', async () => {
    const meter = provider.getMeter('test');
    const codes: ErrorCode[] = [Code.NOT_FOUND, Code.INTERNAL];
    await using probe = await setup(unix, {
      handlers: {
        ...everyKind(shout),
        unary: ({ n }) => {
          throw new StatusError(codes[n]!, 'No');
        },
      },
      server: { interceptors: [metrics({ meter })] },
      client: { interceptors: [metrics({ meter })] },
    });

    for (const n of codes.keys()) await run(probe.client, 'unary', {}, [{ text: '', n }]);

    const errors = async (name: string) =>
      (await points(name)).map(({ attributes }) => [attributes['rpc.status_code'], attributes['error.type']]);
    expect(await errors('rpc.client.call.duration')).toEqual([
      ['NOT_FOUND', 'NOT_FOUND'],
      ['INTERNAL', 'INTERNAL'],
    ]);
    expect(await errors('rpc.server.call.duration')).toEqual([
      ['NOT_FOUND', undefined],
      ['INTERNAL', 'INTERNAL'],
    ]);
    const [client] = await points('rpc.client.call.duration');
    expect(client!.attributes['server.address']).toBe(probe.channel.target.slice('unix:'.length));
    expect(client!.attributes).not.toHaveProperty('server.port');
  });

  test('paths that nobody registered are _OTHER', async () => {
    await using probe = await setup(inProcess, onSide('server', metrics({ meter: provider.getMeter('test') })));

    for (let n = 0; n < 100; n++) await probe.channel.call(`/x.Y/Z${n}`, new Uint8Array()).status;

    const all = await points('rpc.server.call.duration');
    expect(all.map(({ attributes, value }) => [attributes['rpc.method'], value.count])).toEqual([['_OTHER', 100]]);
  });

  test('without a meter it uses the registered provider, also one that comes after the first call', async () => {
    await using probe = await setup(inProcess, { handlers: everyKind(shout), ...onSide('client', metrics()) });
    await run(probe.client, 'unary');

    otel.setGlobalMeterProvider(provider);
    await run(probe.client, 'unary');

    const [point] = await points('rpc.client.call.duration');
    expect(point!.value.count).toBe(1);
  });
});
