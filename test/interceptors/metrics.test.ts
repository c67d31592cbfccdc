import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { Code, type ErrorCode, type Interceptor, ok, StatusError, type Traffic } from 'flowrpc';
import { createRegistry, type MetricsDialect, metrics, tracing } from 'flowrpc/interceptors';
import { describe, expect, onTestFinished, test } from 'vitest';
import { gate } from '../suites/gate.ts';
import { everyKind, type Kind, kinds, outcome, run, shout, start, two } from '../suites/kinds.ts';
import { ProbeService } from '../suites/probe-service.ts';
import { onSide, setup, type TestTransport, transports } from '../suites/transports.ts';
import { parseExposition } from './metrics-exposition.ts';

const inProcess = transports[0] as TestTransport;
const tcp = transports[2] as TestTransport;
const often = { interval: 2 };

const grpcTypes: Readonly<Record<Kind, string>> = {
  unary: 'unary',
  clientStream: 'client_stream',
  serverStream: 'server_stream',
  bidi: 'bidi_stream',
};
const methodNames: Readonly<Record<Kind, string>> = {
  unary: 'Unary',
  clientStream: 'ClientStream',
  serverStream: 'ServerStream',
  bidi: 'Bidi',
};

function labelsOf(kind: Kind): Record<string, string> {
  return { grpc_type: grpcTypes[kind], grpc_service: 'suite.Probe', grpc_method: methodNames[kind] };
}

/** What really went over each call, as seen further in. */
function witness(): { interceptor: Interceptor; traffic: Traffic[] } {
  const traffic: Traffic[] = [];
  return {
    traffic,
    interceptor: async function witness(call, next) {
      const status = await next(call);
      traffic.push({ ...call.traffic });
      return status;
    },
  };
}

describe('metrics() under the names of go-grpc-prometheus', () => {
  test.each(kinds)('#141 both sides count what really happened, %s over a socket', async (kind) => {
    const registry = createRegistry();
    const seen = witness();
    await using probe = await setup(tcp, {
      handlers: everyKind(shout),
      server: { interceptors: [metrics({ registry }), seen.interceptor] },
      client: { interceptors: [metrics({ registry }), seen.interceptor] },
    });

    for (let n = 0; n < 3; n++) expect((await run(probe.client, kind)).status.code).toBe(Code.OK);

    await expect.poll(() => seen.traffic.length, often).toBe(6);
    const exported = parseExposition(registry.text());
    const labels = labelsOf(kind);
    for (const side of ['server', 'client']) {
      expect(exported.value(`grpc_${side}_started_total`, labels)).toBe(3);
      expect(exported.value(`grpc_${side}_handled_total`, { ...labels, grpc_code: 'OK' })).toBe(3);
      expect(exported.value(`grpc_${side}_handling_seconds_count`, labels)).toBe(3);
      expect(exported.value(`grpc_${side}_handling_seconds_sum`, labels)).toBeGreaterThan(0);
    }
    const requests = kind === 'clientStream' || kind === 'bidi' ? two.length : 1;
    const responses = kind === 'bidi' ? two.length : 1;
    expect(exported.value('grpc_client_msg_sent_total', labels)).toBe(3 * requests);
    expect(exported.value('grpc_server_msg_received_total', labels)).toBe(3 * requests);
    expect(exported.value('grpc_client_msg_received_total', labels)).toBe(3 * responses);
    expect(exported.value('grpc_server_msg_sent_total', labels)).toBe(3 * responses);
    const total = (name: keyof Traffic): number => seen.traffic.reduce((sum, each) => sum + each[name], 0);
    expect(exported.sum('network_bytes_received_total')).toBe(total('receivedBytes'));
    expect(exported.sum('network_bytes_sent_total')).toBe(total('sentBytes'));
    expect(total('sentBytes')).toBeGreaterThan(0);
  });

  test('codes are written as in Go, and stand only on what was handled', async () => {
    const registry = createRegistry();
    const codes: ErrorCode[] = [
      Code.CANCELLED,
      Code.NOT_FOUND,
      Code.DEADLINE_EXCEEDED,
      Code.UNAUTHENTICATED,
      Code.DATA_LOSS,
    ];
    await using probe = await setup(inProcess, {
      handlers: {
        ...everyKind(shout),
        unary: ({ n }) => {
          throw new StatusError(codes[n]!, 'No');
        },
      },
      ...onSide('client', metrics({ registry })),
    });

    for (const n of codes.keys()) await run(probe.client, 'unary', {}, [{ text: '', n }]);

    const exported = parseExposition(registry.text());
    expect(exported.samples('grpc_client_handled_total').map(({ labels }) => labels.grpc_code)).toEqual([
      'Canceled',
      'NotFound',
      'DeadlineExceeded',
      'Unauthenticated',
      'DataLoss',
    ]);
    expect(Object.keys(exported.samples('grpc_client_handling_seconds_bucket')[0]!.labels)).toEqual([
      'grpc_type',
      'grpc_service',
      'grpc_method',
      'le',
    ]);
  });

  test('a call under way is started and not handled; what goes over a stream shows before its end', async () => {
    const registry = createRegistry();
    const more = gate();
    await using probe = await setup(tcp, {
      handlers: everyKind(async function* slow() {
        for (let n = 1; n <= 3; n++) yield { text: 'x', n };
        await more.promise;
        yield { text: 'last', n: 4 };
      }),
      server: { interceptors: [metrics({ registry })] },
      client: { interceptors: [metrics({ registry })] },
    });
    const labels = labelsOf('serverStream');
    const value = (name: string): number | undefined => parseExposition(registry.text()).value(name, labels);

    const ended = outcome(start(probe.client, 'serverStream'));

    await expect.poll(() => value('grpc_client_msg_received_total'), often).toBe(3);
    expect(value('grpc_server_msg_sent_total')).toBe(3);
    expect(value('grpc_server_started_total')).toBe(1);
    expect(value('grpc_server_handled_total')).toBeUndefined();
    expect(value('grpc_server_handling_seconds_count')).toBe(0);
    more.open();
    await ended;

    expect(value('grpc_client_msg_received_total')).toBe(4);
    await expect.poll(() => value('grpc_server_handled_total'), often).toBe(1);
    expect(value('grpc_server_msg_sent_total')).toBe(4);
  });

  test('services that are named stand at 0 before their first call', async () => {
    const registry = createRegistry();
    const counting = metrics({ registry, services: [ProbeService] });
    const before = parseExposition(registry.text());
    await using probe = await setup(inProcess, { handlers: everyKind(shout), ...onSide('server', counting) });

    await run(probe.client, 'unary');

    expect(before.samples('grpc_server_handled_total')).toHaveLength(4 * 17);
    expect(before.samples('grpc_server_started_total')).toHaveLength(4);
    expect(before.sum('grpc_server_handled_total')).toBe(0);
    const after = parseExposition(registry.text());
    expect(after.samples('grpc_server_handled_total')).toHaveLength(4 * 17);
    expect(after.value('grpc_server_handled_total', { grpc_method: 'Unary', grpc_code: 'OK' })).toBe(1);
  });

  test('exemplars name the sampled trace of a call, in OpenMetrics only', async () => {
    const manager = new AsyncLocalStorageContextManager();
    const provider = new NodeTracerProvider();
    provider.register({ contextManager: manager });
    onTestFinished(async () => {
      trace.disable();
      context.disable();
      propagation.disable();
      await provider.shutdown();
    });
    const registry = createRegistry();
    let traceId: string | undefined;
    await using probe = await setup(inProcess, {
      handlers: everyKind(async function* seen(requests, call) {
        traceId = trace.getActiveSpan()?.spanContext().traceId;
        yield* shout(requests, call);
      }),
      ...onSide('server', tracing(), metrics({ registry, exemplars: true })),
    });

    await run(probe.client, 'bidi');

    const open = parseExposition(registry.text('openmetrics'), { openMetrics: true });
    const buckets = open
      .samples('grpc_server_handling_seconds_bucket')
      .filter((sample) => sample.traceId !== undefined);
    expect(buckets.map((sample) => sample.traceId)).toEqual([traceId]);
    expect(traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(registry.text()).not.toContain(traceId);
  });

  test('ten thousand paths that nobody registered make one series', async () => {
    const registry = createRegistry();
    await using probe = await setup(inProcess, onSide('server', metrics({ registry })));

    for (let round = 0; round < 100; round++) {
      const calls = Array.from({ length: 100 }, (_, n) =>
        probe.channel.call(`/x.Y${round}/Z${n}"}\n`, new Uint8Array()),
      );
      await Promise.all(calls.map(({ status }) => status));
    }

    const exported = parseExposition(registry.text());
    const labels = { grpc_type: 'other', grpc_service: 'other', grpc_method: 'other' };
    expect(exported.samples('grpc_server_handled_total')).toEqual([
      { name: 'grpc_server_handled_total', labels: { ...labels, grpc_code: 'Unimplemented' }, value: 10_000 },
    ]);
    expect(registry.text().length).toBeLessThan(10_000);
  });

  test('a client that makes up paths is bounded by the registry', async () => {
    const registry = createRegistry({ maxSeries: 50 });
    await using probe = await setup(inProcess, onSide('client', metrics({ registry })));

    for (let n = 0; n < 300; n++) await probe.channel.call(`/x.Y/Z${n}`, new Uint8Array()).status;

    const exported = parseExposition(registry.text());
    expect(exported.samples('grpc_client_started_total')).toHaveLength(51);
    expect(exported.sum('grpc_client_started_total')).toBe(300);
    expect(exported.value('grpc_client_started_total', { grpc_method: 'other' })).toBe(250);
  });
});

describe('metrics()', () => {
  test('what interceptors further in refuse is counted too', async () => {
    const registry = createRegistry();
    const refuse: Interceptor = async function refuse() {
      throw new StatusError(Code.PERMISSION_DENIED, 'No');
    };
    await using probe = await setup(inProcess, onSide('server', metrics({ registry }), refuse));

    await run(probe.client, 'unary');

    expect(parseExposition(registry.text()).value('grpc_server_handled_total', { grpc_code: 'PermissionDenied' })).toBe(
      1,
    );
  });

  test('a dialect of your own hears of each call once: begin, what moved, end', async () => {
    const heard: unknown[] = [];
    const dialect: MetricsDialect = {
      name: 'mine',
      bind: ({ side, service, method, kind, target }) => ({
        started: () => heard.push(['started', side, service, method, kind, target]),
        moved: ({ sentMessages, receivedMessages }) => heard.push(['moved', sentMessages, receivedMessages]),
        ended: ({ code }, seconds) => heard.push(['ended', code, seconds > 0]),
      }),
    };
    await using probe = await setup(inProcess, onSide('client', metrics({ dialects: [dialect] })));

    await run(probe.client, 'bidi');

    expect(heard).toEqual([
      ['started', 'client', 'suite.Probe', 'Bidi', 'bidi', 'in-process'],
      ['moved', 2, 2],
      ['ended', Code.OK, true],
    ]);
  });

  test('a client of very many targets knows a thousand by name', async () => {
    const targets: (string | undefined)[] = [];
    const dialect: MetricsDialect = {
      name: 'mine',
      bind({ target }) {
        targets.push(target);
        return {};
      },
    };
    const counting = metrics({ dialects: [dialect] });
    const method = ProbeService.methods.unary;
    const traffic = { sentMessages: 0, receivedMessages: 0, sentBytes: 0, receivedBytes: 0 };

    for (let n = 0; n < 2_500; n++) {
      const call = { side: 'client', method, traffic, peer: { address: `host-${n}:1` }, get: () => undefined };
      await counting(call as never, async () => ok());
    }

    expect(targets).toHaveLength(1_001);
    expect(targets.slice(-2)).toEqual(['host-999:1', 'other']);
  });

  test.each([
    ['Cannot record metrics as "prometheus" without a registry', { dialects: ['prometheus'] }],
    ['Cannot record metrics as "grpc" without a meter', { dialects: ['grpc'] }],
    ['Cannot record metrics as "statsd": wanted otel, grpc, prometheus, network, graph', { dialects: ['statsd'] }],
    [
      'Cannot use option "registri" of metrics: it is unknown, did you mean "registry"?',
      { registri: createRegistry() },
    ],
    ['with bounds 2, 1', { registry: createRegistry(), bounds: [2, 1] }],
  ])('%s', (message, options) => {
    expect(() => metrics(options as never)).toThrow(message);
  });
});
