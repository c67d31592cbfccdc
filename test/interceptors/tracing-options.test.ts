import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { SamplingResult } from '@opentelemetry/sdk-trace-node';
import { type Interceptor, type Metadata, otelContextKey } from 'flowrpc';
import { type TracingOptions, tracing } from 'flowrpc/interceptors';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { everyKind, kinds, run, shout } from '../suites/kinds.ts';
import { type SetupOptions, setup, type TestTransport, transports } from '../suites/transports.ts';
import { RecordedSpans } from './tracing/recorded-spans.ts';

const inProcess = transports[0] as TestTransport;
const tcp = transports.find(({ name }) => name === 'grpc tcp')!;
const unix = transports.find(({ name }) => name === 'grpc unix')!;
let spans: RecordedSpans;
beforeEach(() => {
  spans = new RecordedSpans();
});
afterEach(() => spans.unregister());

const both = (options: TracingOptions = {}): SetupOptions => ({
  client: { interceptors: [tracing(options)] },
  server: { interceptors: [tracing(options)] },
});

describe('addresses of tracing()', () => {
  test('are those of the target on clients, of :authority and the socket on servers', async () => {
    await using probe = await setup(tcp, both());

    await run(probe.client, 'unary');

    const port = Number(/\d+$/.exec(probe.channel.target)![0]);
    await expect.poll(() => spans.servers).toHaveLength(1);
    const target = { 'server.address': '127.0.0.1', 'server.port': port };
    expect(spans.clients[0]!.attributes).toMatchObject(target);
    expect(spans.servers[0]!.attributes).toMatchObject({
      ...target,
      'network.peer.address': '127.0.0.1',
      'network.peer.port': expect.any(Number),
    });
  });

  test('are by what name a server was called, not by where it listens', async () => {
    await using probe = await setup(tcp, {
      ...both(),
      client: { interceptors: [tracing()], authority: 'users.internal:443' },
    });

    await run(probe.client, 'unary');

    await expect.poll(() => spans.servers).toHaveLength(1);
    expect(spans.servers[0]!.attributes).toMatchObject({ 'server.address': 'users.internal', 'server.port': 443 });
    expect(spans.clients[0]!.attributes).toMatchObject({ 'server.address': '127.0.0.1' });
  });

  test('are paths for sockets of this machine', async () => {
    await using probe = await setup(unix, both());

    await run(probe.client, 'unary');

    await expect.poll(() => spans.servers).toHaveLength(1);
    expect(spans.clients[0]!.attributes['server.address']).toMatch(/^\/.*\/s$/);
    expect(spans.clients[0]!.attributes).not.toHaveProperty('server.port');
    expect(spans.servers[0]!.attributes).not.toHaveProperty('network.peer.port');
  });

  test('are there for samplers, with system, method and kind', async () => {
    await spans.unregister();
    const asked: object[] = [];
    const sampler = {
      shouldSample: (_context: unknown, _trace: string, name: string, kind: SpanKind, attributes: object) => {
        asked.push({ name, kind, ...attributes });
        return { decision: 2 } as SamplingResult;
      },
    };
    spans = new RecordedSpans({ sampler });
    await using probe = await setup(tcp, both());

    await run(probe.client, 'unary');

    const common = { name: 'suite.Probe/Unary', 'rpc.system.name': 'grpc', 'rpc.method': 'suite.Probe/Unary' };
    const address = { 'server.address': '127.0.0.1', 'server.port': expect.any(Number) };
    expect(asked).toMatchObject([
      { ...common, ...address, kind: SpanKind.CLIENT },
      { ...common, ...address, kind: SpanKind.SERVER, 'network.peer.address': '127.0.0.1' },
    ]);
  });
});

describe('metadata in spans of tracing()', () => {
  const handlers = everyKind(async function* answer(requests, { header, trailer }) {
    header.append('x-shard', 'a').append('x-shard', 'b').set('x-secret', 'no');
    trailer.set('x-cost', '3');
    yield* shout(requests, undefined as never);
  });
  const sent = { 'x-tenant': ['acme', 'emca'], 'x-raw-bin': new Uint8Array([1, 2]), authorization: 'Bearer t' };

  test.each(kinds)('is what was named, as lists of strings, and nothing else, %s', async (kind) => {
    const options = { requestMetadata: ['X-Tenant', 'x-raw-bin', 'x-absent'], responseMetadata: ['x-shard', 'x-cost'] };
    await using probe = await setup(inProcess, { handlers, ...both(options) });

    await run(probe.client, kind, { metadata: sent });

    for (const { attributes } of spans.all) {
      const recorded = Object.entries(attributes).filter(([name]) => name.includes('.metadata.'));
      expect(Object.fromEntries(recorded)).toEqual({
        'rpc.request.metadata.x-tenant': ['acme', 'emca'],
        'rpc.request.metadata.x-raw-bin': ['AQI='],
        'rpc.response.metadata.x-shard': ['a', 'b'],
        'rpc.response.metadata.x-cost': ['3'],
      });
    }
    expect(spans.all).toHaveLength(2);
  });

  test('is nothing by default', async () => {
    await using probe = await setup(inProcess, { handlers, ...both() });

    await run(probe.client, 'unary', { metadata: sent });

    const names = spans.all.flatMap(({ attributes }) => Object.keys(attributes));
    expect(names.filter((name) => name.includes('metadata'))).toEqual([]);
    expect(JSON.stringify(spans.all.map(({ attributes, events }) => [attributes, events]))).not.toContain('Bearer');
  });

  test.each(['*', 'x-*', 'auth*', ''])('is not named by %j', (name) => {
    expect(() => tracing({ requestMetadata: [name] })).toThrow(/wanted a whole key/);
    expect(() => tracing({ responseMetadata: [name] })).toThrow(/wanted a whole key/);
  });
});

describe('tracing() twice on a call', () => {
  test.each(kinds)('makes one span, by the outer one, %s', async (kind) => {
    await using probe = await setup(tcp, {
      handlers: everyKind(shout),
      client: { interceptors: [tracing({ names: 'grpc' }), tracing(), tracing()] },
      server: { interceptors: [tracing({ names: 'grpc' }), tracing()] },
    });

    await run(probe.client, kind);

    await expect.poll(() => spans.all).toHaveLength(2);
    expect(spans.all.map(({ name }) => name.slice(0, 4)).sort()).toEqual(['Recv', 'Sent']);
  });

  test('leaves its span to interceptors further in and to the handler', async () => {
    const seen: (string | undefined)[] = [];
    const look: Interceptor = (call, next) => {
      seen.push(trace.getSpan(call.get(otelContextKey)!)?.spanContext().spanId);
      return next(call);
    };
    await using probe = await setup(inProcess, {
      handlers: everyKind((requests, context) => {
        seen.push(trace.getSpan(context.get(otelContextKey)!)?.spanContext().spanId);
        return shout(requests, context);
      }),
      client: { interceptors: [tracing(), look] },
      server: { interceptors: [tracing(), look] },
    });

    await run(probe.client, 'unary');

    const [client, server] = [spans.clients[0]!, spans.servers[0]!].map((span) => span.spanContext().spanId);
    expect(seen).toEqual([client, server, server]);
  });
});

describe('exceptions of tracing()', () => {
  const failing = everyKind(() => {
    throw new RangeError('Out of tea');
  });

  test('are left out with "off"', async () => {
    await using probe = await setup(inProcess, { handlers: failing, ...both({ exceptions: 'off' }) });

    await run(probe.client, 'unary');

    expect(spans.all.flatMap(({ events }) => events)).toEqual([]);
    expect(spans.servers[0]!.status.code).toBe(SpanStatusCode.ERROR);
  });

  test('go to a function, with the name that the conventions have for the log event', async () => {
    const told: unknown[] = [];
    await using probe = await setup(inProcess, {
      handlers: failing,
      ...both({ exceptions: (error, call, name) => told.push([error.message, call.method.name, name]) }),
    });

    await run(probe.client, 'unary');

    expect(told).toEqual([['Out of tea', 'Unary', 'rpc.server.call.exception']]);
    expect(spans.all.flatMap(({ events }) => events)).toEqual([]);
  });
});

test.each([
  [{ name: 'x' }, /did you mean "names"/],
  [{ names: 'a72' }, /wanted "otel" or "grpc"/],
  [{ exceptions: true }, /wanted "event", "off" or a function/],
  [{ requestMetadata: 'x-tenant' }, /wanted a list of metadata keys/],
])('tracing(%j) is refused', (options, message) => {
  expect(() => tracing(options as unknown as TracingOptions)).toThrow(message);
});

test('the header of a call that tracing() watches reaches the caller once, before the messages', async () => {
  const order: string[] = [];
  await using probe = await setup(tcp, {
    handlers: everyKind(async function* answer(requests, context) {
      context.header.set('x-a', '1');
      context.sendHeader();
      yield* shout(requests, context);
    }),
    ...both({ responseMetadata: ['x-a'] }),
  });
  const call = probe.client.bidi([{ text: 'a', n: 1 }]);
  void call.header.then((header: Metadata) => order.push(`header ${header.getAll('x-a')}`));

  for await (const { text } of call) order.push(text);

  expect(order).toEqual(['header 1', 'A']);
});
