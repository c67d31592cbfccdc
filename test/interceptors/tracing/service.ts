/**
 * One process of a trace: `service.ts ROLE [NEXT]`. Prints its address, serves until its input ends, then prints its spans, or has sent
 * them to the collector that OTEL_EXPORTER_OTLP_ENDPOINT names.
 */
import { trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import {
  BatchSpanProcessor,
  InMemorySpanExporter,
  NodeTracerProvider,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import { type Client, connect, createServer, silentLogger } from 'flowrpc';
import { createGraph, readSpecs } from 'flowrpc/graph';
import { tracing } from 'flowrpc/interceptors';
import { createKinds, defineKind, oneToOne } from 'flowrpc/nodes';
import { reflection } from 'flowrpc/services';
import { type AnyHandler, everyKind, run } from '../../suites/kinds.ts';
import { type ProbeMethods, ProbeService } from '../../suites/probe-service.ts';

const [role = '', next = ''] = process.argv.slice(2);
const memory = new InMemorySpanExporter();
const provider = new NodeTracerProvider({
  spanProcessors:
    process.env.OTEL_EXPORTER_OTLP_ENDPOINT === undefined
      ? [new SimpleSpanProcessor(memory)]
      : [new BatchSpanProcessor(new OTLPTraceExporter())],
});
provider.register({ contextManager: new AsyncLocalStorageContextManager() });
/** The tracer's name tells the collector whose span it is. */
const traced = () => tracing({ tracer: trace.getTracer(role) });

const server = createServer({ interceptors: [traced()], logger: silentLogger }).add(reflection());
const shutDown: (() => Promise<unknown>)[] = [() => server.close({ graceMs: 1_000 })];

if (role === 'front') {
  // Nothing is connected yet when the first calls come: they are queued.
  const channel = connect(next, { interceptors: [traced()] });
  shutDown.push(() => channel.close());
  server.add(ProbeService, everyKind(relay(channel.client(ProbeService))));
}

/** Asks the next service for each message as it comes, by a call of another kind each time. */
function relay(client: Client<ProbeMethods>): AnyHandler {
  return async function* relay(requests) {
    for await (const request of requests) {
      const kind = request.n % 2 === 0 ? 'bidi' : 'unary';
      yield* (await run(client, kind, { waitForReady: true }, [request])).messages;
    }
  };
}

if (role === 'middle') {
  const { specs } = readSpecs([
    { kind: 'upper', name: 'first', ports: { out: [{ name: 'second', port: 'in' }] } },
    { kind: 'upper', name: 'second', ports: { out: [{ target: next, name: 'default.last', port: 'in' }] } },
  ]);
  const graph = await createGraph({ ...graphOptions(), specs });
  shutDown.push(() => graph.close({ graceMs: 1_000 }));
  server.add(
    ProbeService,
    everyKind(async function* enter(requests) {
      for await (const { text, n } of requests) yield { text: (await graph.call('first', text)) as string, n };
    }),
  );
}

if (role === 'back') {
  const { specs } = readSpecs([
    { kind: 'upper', name: 'last', ports: { out: [{ name: 'end', port: 'in' }] } },
    { kind: 'upper', name: 'end' },
  ]);
  const graph = await createGraph({ ...graphOptions(), specs, server });
  shutDown.push(() => graph.close({ graceMs: 1_000 }));
}

function graphOptions() {
  const upper = defineKind({ kind: 'upper', setup: () => oneToOne((text: string) => text.toUpperCase()) });
  const logger = silentLogger;
  return { kinds: createKinds(upper), interceptors: [traced()], nodeInterceptors: [traced()], logger };
}

const { address } = await server.listen('127.0.0.1:0');
console.log(address);

process.stdin.resume();
process.stdin.once('end', async () => {
  for (const close of shutDown.reverse()) await close();
  await provider.forceFlush();
  const spans = memory.getFinishedSpans().map((span) => ({
    service: role,
    name: span.name,
    kind: span.kind,
    traceId: span.spanContext().traceId,
    spanId: span.spanContext().spanId,
    parent: span.parentSpanContext?.spanId,
    node: span.attributes['flowrpc.node'],
  }));
  await provider.shutdown();
  console.log(JSON.stringify(spans));
});
