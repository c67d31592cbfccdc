// One trace from a client over a server into a graph: a span for every call, edge and node, by the OpenTelemetry SDK of your choice.
import { SpanKind } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { connect, createServer } from 'flowrpc';
import { createGraph, readSpecs } from 'flowrpc/graph';
import { tracing } from 'flowrpc/interceptors';
import { createKinds, defineKind, oneToOne } from 'flowrpc/nodes';
import { Greeter } from '../gen/greeter.js';

const exporter = new InMemorySpanExporter();
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
provider.register({ contextManager: new AsyncLocalStorageContextManager() });

const map = (kind: string, fn: (text: string) => string) => defineKind({ kind, setup: () => oneToOne(fn) });
const kinds = createKinds(
  map('trim', (text) => text.trim()),
  map('shout', (text) => text.toUpperCase()),
);
const { specs } = readSpecs([
  { kind: 'trim', name: 'clean', ports: { out: [{ name: 'shout', port: 'in' }] } },
  { kind: 'shout', name: 'shout' },
]);
const graph = await createGraph({ specs, kinds, interceptors: [tracing()], nodeInterceptors: [tracing()] });

const server = createServer({ interceptors: [tracing({ requestMetadata: ['x-tenant'] })] }).add(Greeter, {
  sayHello: async ({ name }) => ({ message: `Hello, ${await graph.call('clean', name)}` }),
});
const { address } = await server.listen('127.0.0.1:0');
const channel = connect(address, { interceptors: [tracing()] });

const { message } = await channel.client(Greeter).sayHello({ name: ' Ada ' }, { metadata: { 'x-tenant': 'acme' } });
console.log(message);

await channel.close();
await server.close();
await graph.close();

const spans = exporter.getFinishedSpans();
const print = (parent: string | undefined, indent: string): void => {
  for (const span of spans.filter(({ parentSpanContext }) => parentSpanContext?.spanId === parent)) {
    const { 'flowrpc.node.kind': kind, 'flowrpc.edge.from': from } = span.attributes;
    const about = kind !== undefined ? ` (${kind})` : from !== undefined ? ` from ${from}` : '';
    console.log(`${indent}${span.kind === SpanKind.SERVER ? 'serve' : 'call'} ${span.name}${about}`);
    print(span.spanContext().spanId, `${indent}  `);
  }
};
print(undefined, '');
