import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import { type Client, Code, type ErrorCode, StatusError } from 'flowrpc';
import { retry, tracing } from 'flowrpc/interceptors';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AnyHandler, everyKind, type Kind, kinds, outcome, run, shout, start } from '../suites/kinds.ts';
import type { ProbeMethods } from '../suites/probe-service.ts';
import { onSide, type Setup, setup, type TestTransport, transports } from '../suites/transports.ts';

const transport = transports[0] as TestTransport;
/** Made anew for each test: a tracer stays with the provider it first met. */
const both = () => ({ server: { interceptors: [tracing()] }, client: { interceptors: [tracing()] } });

let exporter: InMemorySpanExporter;
let provider: NodeTracerProvider;

function register(options: Parameters<NodeTracerProvider['register']>[0] = {}): void {
  exporter = new InMemorySpanExporter();
  provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  provider.register({ contextManager: new AsyncLocalStorageContextManager(), ...options });
}

function spans(kind: SpanKind): readonly ReadableSpan[] {
  return exporter.getFinishedSpans().filter((span) => span.kind === kind);
}

async function unregister(): Promise<void> {
  trace.disable();
  context.disable();
  propagation.disable();
  await provider.shutdown();
}

/** Passes each message on to the next service, after the second one too. */
function through(next: () => Client<ProbeMethods>, kind: Kind): AnyHandler {
  return async function* relay(requests) {
    for await (const request of requests) {
      const { messages } = await run(next(), kind, {}, [request]);
      yield* messages;
    }
  };
}

describe.each([
  ['the registered propagator', {}],
  ['no propagator', { propagator: null }],
])('with an SDK and %s', (_what, options) => {
  beforeEach(() => register(options));
  afterEach(unregister);

  test.each(kinds)('tracing() makes one trace of three services, %s', async (kind) => {
    await using third = await setup(transport, { handlers: everyKind(shout), ...both() });
    await using second = await setup(transport, { handlers: everyKind(through(() => third.client, kind)), ...both() });
    await using first = await setup(transport, { handlers: everyKind(through(() => second.client, kind)), ...both() });

    const { status } = await run(first.client, kind);

    expect(status.code).toBe(Code.OK);
    const all = exporter.getFinishedSpans();
    expect(new Set(all.map((span) => span.spanContext().traceId)).size).toBe(1);
    const clients = new Map(spans(SpanKind.CLIENT).map((span) => [span.spanContext().spanId, span]));
    const servers = new Map(spans(SpanKind.SERVER).map((span) => [span.spanContext().spanId, span]));
    expect(clients.size).toBe(servers.size);
    for (const span of servers.values()) expect(clients.has(span.parentSpanContext?.spanId ?? '')).toBe(true);
    const [root, ...others] = [...clients.values()].sort(
      (a, b) => Number(a.parentSpanContext !== undefined) - Number(b.parentSpanContext !== undefined),
    );
    expect(root!.parentSpanContext).toBeUndefined();
    expect(others.length).toBeGreaterThanOrEqual(2);
    for (const span of others) expect(servers.has(span.parentSpanContext?.spanId ?? '')).toBe(true);
  });

  test('tracing() continues a trace from outside', async () => {
    await using probe = await setup(transport, onSide('server', tracing()));
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const metadata = { traceparent: `00-${traceId}-b7ad6b7169203331-01`, tracestate: 'vendor=1' };

    await run(probe.client, 'unary', { metadata });

    const [span] = spans(SpanKind.SERVER);
    expect(span!.spanContext().traceId).toBe(traceId);
    expect(span!.parentSpanContext).toMatchObject({ spanId: 'b7ad6b7169203331', isRemote: true });
    expect(span!.spanContext().traceState?.get('vendor')).toBe('1');
  });

  test('tracing() on the client alone joins the trace of the call being handled', async () => {
    await using second = await setup(transport, { handlers: everyKind(shout), ...onSide('client', tracing()) });
    await using first = await setup(transport, { handlers: everyKind(through(() => second.client, 'unary')) });
    const traceId = '0af7651916cd43dd8448eb211c80319c';

    await run(first.client, 'unary', { metadata: { traceparent: `00-${traceId}-b7ad6b7169203331-01` } });

    const [span] = spans(SpanKind.CLIENT);
    expect(span!.spanContext().traceId).toBe(traceId);
    expect(span!.parentSpanContext?.spanId).toBe('b7ad6b7169203331');
  });

  test('tracing() sends on that nobody records, when the caller decided so', async () => {
    let seen: string | undefined;
    await using second = await setup(transport, {
      handlers: everyKind((requests, call) => {
        seen = call.metadata.get('traceparent');
        return shout(requests, call);
      }),
      ...both(),
    });
    await using first = await setup(transport, {
      handlers: everyKind(through(() => second.client, 'unary')),
      ...onSide('server', tracing()),
    });
    const traceId = '0af7651916cd43dd8448eb211c80319c';

    await run(first.client, 'unary', { metadata: { traceparent: `00-${traceId}-b7ad6b7169203331-00` } });

    expect(exporter.getFinishedSpans()).toEqual([]);
    expect(seen).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-00$`));
  });
});

describe('a span of tracing()', () => {
  beforeEach(() => register());
  afterEach(unregister);

  test('is named and described by the RPC conventions', async () => {
    await using probe = await setup(transport, { handlers: everyKind(shout), ...both() });

    await run(probe.client, 'unary');

    const [client, server] = [spans(SpanKind.CLIENT)[0]!, spans(SpanKind.SERVER)[0]!];
    expect([client.name, server.name]).toEqual(['suite.Probe/Unary', 'suite.Probe/Unary']);
    const common = { 'rpc.system.name': 'grpc', 'rpc.method': 'suite.Probe/Unary', 'rpc.status_code': 'OK' };
    expect(client.attributes).toEqual({ ...common, 'server.address': 'in-process' });
    expect(server.attributes).toEqual(common);
    expect([client.status.code, server.status.code]).toEqual([SpanStatusCode.UNSET, SpanStatusCode.UNSET]);
  });

  test('keeps names that strangers make up out of its own', async () => {
    await using probe = await setup(transport, both());

    await probe.channel.call('/no.Such/Method', new Uint8Array()).status;

    const [span] = spans(SpanKind.SERVER);
    expect(span!.name).toBe('grpc');
    expect(span!.attributes).toMatchObject({
      'rpc.method': '_OTHER',
      'rpc.method_original': 'no.Such/Method',
      'error.type': 'UNIMPLEMENTED',
    });
  });

  test('is an error on the client for every code but OK, on the server for its own faults', async () => {
    await using probe = await setup(transport, {
      handlers: everyKind((_requests, { metadata }) => {
        throw new StatusError(Number(metadata.get('x-code')) as ErrorCode, 'As asked');
      }),
      ...both(),
    });
    const codes = Object.entries(Code).filter(([, code]) => code !== Code.OK);

    for (const [, code] of codes) await run(probe.client, 'unary', { metadata: { 'x-code': String(code) } });

    const failed = (kind: SpanKind) =>
      spans(kind)
        .filter(({ status }) => status.code === SpanStatusCode.ERROR)
        .map(({ attributes }) => attributes['error.type']);
    expect(failed(SpanKind.CLIENT)).toEqual(codes.map(([name]) => name));
    expect(failed(SpanKind.SERVER)).toEqual([
      'UNKNOWN',
      'DEADLINE_EXCEEDED',
      'UNIMPLEMENTED',
      'INTERNAL',
      'UNAVAILABLE',
      'DATA_LOSS',
    ]);
  });

  test('records on the server what was thrown, which the caller is not told', async () => {
    await using probe = await setup(transport, {
      handlers: everyKind(() => {
        throw new RangeError('Out of tea');
      }),
      ...both(),
    });

    await run(probe.client, 'unary');

    expect(spans(SpanKind.SERVER)[0]!.events).toMatchObject([
      { name: 'exception', attributes: { 'exception.message': 'Out of tea' } },
    ]);
    expect(JSON.stringify(spans(SpanKind.CLIENT)[0]!.events)).not.toContain('tea');
  });

  test('lasts as long as its stream', async () => {
    await using probe = await setup(transport, { handlers: everyKind(shout), ...both() });

    const call = start(probe.client, 'bidi') as AsyncIterableIterator<unknown>;
    await call.next();
    const early = exporter.getFinishedSpans().length;
    while (!(await call.next()).done);

    expect(early).toBe(0);
    await expect.poll(() => exporter.getFinishedSpans()).toHaveLength(2);
  });

  test('covers all attempts of a call', async () => {
    let tries = 0;
    const again = retry({ baseDelayMs: 0, nonIdempotent: true });
    await using probe = await setup(transport, {
      handlers: everyKind((requests, call) => {
        tries += 1;
        if (tries < 3) throw new StatusError(Code.UNAVAILABLE);
        return shout(requests, call);
      }),
      server: { interceptors: [tracing()] },
      client: { interceptors: [tracing(), again] },
    });

    await run(probe.client, 'unary');

    const [client, ...others] = spans(SpanKind.CLIENT);
    expect(others).toEqual([]);
    expect(spans(SpanKind.SERVER).map(({ parentSpanContext }) => parentSpanContext?.spanId)).toEqual(
      Array(3).fill(client!.spanContext().spanId),
    );
  });

  test.each(kinds)('is active in the handler, %s', async (kind) => {
    const seen: (string | undefined)[] = [];
    await using probe = await setup(transport, {
      handlers: everyKind(async function* look(requests, call) {
        for await (const message of shout(requests, call)) {
          seen.push(trace.getActiveSpan()?.spanContext().spanId);
          yield message;
        }
      }),
      ...both(),
    });

    await outcome(start(probe.client, kind));

    const { spanId } = spans(SpanKind.SERVER)[0]!.spanContext();
    expect(new Set(seen)).toEqual(new Set([spanId]));
  });
});

test.each(kinds)('tracing() without an SDK leaves the trace of three services whole, %s', async (kind) => {
  const seen: string[] = [];
  const note =
    (handle: AnyHandler): AnyHandler =>
    (requests, call) => {
      seen.push(call.metadata.get('traceparent')!.split('-')[1]!);
      return handle(requests, call);
    };
  let third!: Setup;
  await using second = await setup(transport, {
    handlers: everyKind(note(through(() => third.client, kind))),
    ...both(),
  });
  await using first = await setup(transport, {
    handlers: everyKind(note(through(() => second.client, kind))),
    ...both(),
  });
  third = await setup(transport, { handlers: everyKind(note(shout)), ...both() });

  await run(first.client, kind);
  await third[Symbol.asyncDispose]();

  expect(seen.length).toBeGreaterThanOrEqual(3);
  expect(new Set(seen).size).toBe(1);
});
